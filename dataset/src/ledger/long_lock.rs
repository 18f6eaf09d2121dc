//! What a ledger waits for, so that a person can be told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A lock of the ledger that is waited for or was held for over 5 s, or a database that can't be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LongLock {
    /// Another process holds it; this one has waited for so long.
    Waiting(Duration),
    /// This process held it for so long.
    Held(Duration),
    /// The ledger's database can't be reached; this process has tried to for so long.
    Unreachable(Duration),
}

impl fmt::Display for LongLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, time) = match self {
            Self::Waiting(time) => ("waiting for another process's lock of the ledger", time),
            Self::Held(time) => ("the ledger was locked here", time),
            Self::Unreachable(time) => {
                return write!(
                    f,
                    "the ledger's database can't be reached for {} s; next: wait until it can be, and all \
                     continues, or stop this run",
                    time.as_secs()
                );
            }
        };
        write!(
            f,
            "{what} for {} s; next: if it persists, move it to a faster disk",
            time.as_secs()
        )
    }
}

/// What is called with each long lock.
pub type OnLongLock = Arc<dyn Fn(LongLock) + Send + Sync>;
