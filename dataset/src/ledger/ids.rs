//! Keys of rows and stamps of the ledger's one counter.

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A session in the ledger.
    SessionKey,
    /// A contact in the ledger.
    ContactKey,
    /// A worker: one process's run.
    WorkerId,
    /// A data file.
    FileId,
    /// When a run began, by the ledger's counter.
    RunStamp,
    /// Which claim of a session it is, by the ledger's counter: never the same twice for one session.
    Epoch,
}
