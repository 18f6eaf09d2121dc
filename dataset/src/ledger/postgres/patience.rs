//! How long operations wait for a database that can't be reached.

use std::time::Duration;

use tokio::sync::watch;

/// How long operations wait for a database that can't be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// So long: of a command that someone waits for.
    AtMost(Duration),
    /// Until it can be: of a run.
    Forever,
    /// Not any longer: of a run that is stopped.
    GivenUp,
}

/// For opening a ledger and looking at it.
pub(super) const SHORT: Patience = Patience::AtMost(Duration::from_secs(10));
/// How long an operation may take that was under way when waiting was given up.
const LAST: Duration = Duration::from_millis(800);
/// How long one may take that begins after that: the server may well answer.
const LATER: Duration = Duration::from_secs(5);

/// The patience of all operations of a ledger.
#[derive(Debug)]
pub(super) struct Patiences(watch::Sender<Patience>);

impl Patiences {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(SHORT))
    }

    pub(super) fn get(&self) -> Patience {
        *self.0.borrow()
    }

    pub(super) fn set(&self, patience: Patience) {
        self.0.send_replace(patience);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.get() == Patience::GivenUp
    }

    /// Waits until waiting is given up, if it isn't yet.
    pub(super) async fn given_up(&self) {
        let mut patience = self.0.subscribe();
        // Fails once the sender is dropped, which outlives this call.
        let _ = patience.wait_for(|now| *now == Patience::GivenUp).await;
    }

    /// Waits until an operation that begins now is to be given up.
    pub(super) async fn lapsed(&self) {
        let last = match self.get() {
            Patience::GivenUp => LATER,
            Patience::AtMost(_) | Patience::Forever => LAST,
        };
        self.given_up().await;
        tokio::time::sleep(last).await;
    }
}
