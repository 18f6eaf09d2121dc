//! The one error type of the crate.

use std::error::Error as StdError;
use std::io;
use std::path::Path;

use crate::missing_feature::missing_feature;

/// The result of a fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a dataset, its ledger or a run of it failed.
///
/// [`kind`](Self::kind) classifies it. The text names the file concerned, and doesn't repeat that of its
/// source. It contains no customer data.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure an [`Error`] is.
///
/// ```
/// use journey_events_dataset::{Error, ErrorKind};
///
/// /// Whether the same call may succeed once the database or the store is back.
/// fn may_pass(error: &Error) -> bool {
///     matches!(
///         error.kind(),
///         ErrorKind::DatabaseUnavailable | ErrorKind::StoreUnavailable | ErrorKind::Busy
///     )
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no dataset at this path.
    NoDataset,
    /// There is a dataset at this path already.
    DatasetExists,
    /// The dataset has other settings than those given, or a setting isn't valid.
    Settings,
    /// The dataset's ledger is missing.
    LedgerMissing,
    /// The ledger belongs to another dataset, or isn't a ledger.
    LedgerForeign,
    /// The ledger was written by another version of this crate.
    LedgerVersion,
    /// The ledger can't be read or written for another reason.
    Ledger,
    /// The database can't be reached, doesn't answer, or can't work for a reason that may pass: it is starting,
    /// stopping or failing over, its disk is full, it has no connection left, or a lock in it is held for too long.
    DatabaseUnavailable,
    /// The database refused the login or a permission, or its certificate isn't trusted.
    DatabaseRefused,
    /// The database doesn't have this crate's tables, or those of another version.
    DatabaseSchema,
    /// The database failed for another reason.
    Database,
    /// Another process holds a lock for too long, or others kept changing what was to be changed.
    Busy,
    /// The ledger, a part or `dataset.json` is damaged.
    Damaged,
    /// The dataset's folder contains data files that the ledger doesn't know.
    UnknownFiles,
    /// What was being read is no longer this worker's.
    ClaimLost,
    /// This worker was declared dead, by another process or an operator, or lost track of what it holds. Nothing
    /// that it does is recorded any longer: it starts over as a new worker.
    WorkerDead,
    /// No live worker has this id.
    NoWorker,
    /// The disk is full, or a quota of it is used up.
    DiskFull,
    /// The process or the machine has too many files open.
    TooManyOpenFiles,
    /// The folder or file system can't be written.
    ReadOnly,
    /// The file system can't do what a dataset needs.
    Unsupported,
    /// Any other error of a file.
    Disk,
    /// The dataset's store can't be reached, or keeps failing.
    StoreUnavailable,
    /// The dataset's store refuses the credentials or the bucket.
    StoreRefused,
    /// This build of the crate lacks a feature that the call needs: `parquet`, `postgres` or `cloud`. The message names
    /// it. Nothing was created or sent.
    MissingFeature,
}

impl Error {
    /// Makes an error of a kind with a message, shown as it is.
    ///
    /// ```
    /// use journey_events_dataset::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::NoDataset, "the share isn't mounted");
    /// assert_eq!(error.to_string(), "the share isn't mounted");
    /// ```
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Returns what kind of failure it is.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, ErrorKind, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// let error = Dataset::open(folder.as_path(), &LedgerOptions::default()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NoDataset);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// An error of a build that lacks a feature, which is needed for `what`.
    #[cfg_attr(
        all(feature = "cloud", feature = "postgres"),
        expect(dead_code, reason = "this build lacks nothing")
    )]
    pub(crate) fn missing_feature(what: &str, feature: &str) -> Self {
        Self::new(ErrorKind::MissingFeature, missing_feature(what, feature))
    }

    /// Appends what to do about it.
    pub(crate) fn with_next(mut self, next: &str) -> Self {
        self.message.push_str("; next: ");
        self.message.push_str(next);
        self
    }

    /// Adds the error behind this one.
    #[must_use]
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An error of a file: what couldn't be done (`write`), and to which.
    pub(crate) fn disk(action: &str, path: &Path, source: io::Error) -> Self {
        let (kind, next) = disk_kind(&source);
        let message = format!("can't {action} `{}`{next}", path.display());
        Self::new(kind, message).with_source(source)
    }
}

/// Classifies an error of a file, with what to do about it.
fn disk_kind(error: &io::Error) -> (ErrorKind, &'static str) {
    // Their numbers are the same on Linux, macOS and the BSDs.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => (
            ErrorKind::DiskFull,
            ": the disk is full; next: free space, then run it again",
        ),
        (io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied, _) => (
            ErrorKind::ReadOnly,
            ": it can't be written; next: check its permissions",
        ),
        (_, Some(EMFILE | ENFILE)) if cfg!(unix) => (
            ErrorKind::TooManyOpenFiles,
            ": too many open files; next: raise `ulimit -n`",
        ),
        (io::ErrorKind::Unsupported, _) => (ErrorKind::Unsupported, ""),
        _ => (ErrorKind::Disk, ""),
    }
}
