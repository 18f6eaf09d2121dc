//! What a client does at this moment, for people who watch it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What a client does at this moment, from [`Client::activity`](crate::Client::activity).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// How many requests the quota's window still has; `None` without a quota.
    pub permits_left: Option<u32>,
    /// What requests wait for, if they do.
    pub waiting: Option<Waiting>,
}

/// What requests wait for, and how much longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// The quota's window is used up.
    Quota(Duration),
    /// The service answered 429 and said for how long.
    RetryAfter(Duration),
    /// An attempt failed and is made anew after a while.
    Retry {
        /// The status of the answer; `None` if there was none.
        status: Option<u16>,
        /// The number of the attempt that comes.
        attempt: u32,
        /// How many there are.
        of: u32,
        /// How much longer.
        left: Duration,
    },
}

/// A wait before another attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryWait {
    pub(crate) status: Option<u16>,
    pub(crate) attempt: u32,
    pub(crate) of: u32,
    pub(crate) until: Instant,
}

/// Where the latest wait before another attempt is noted.
#[derive(Debug, Default)]
pub(crate) struct RetryBoard(Mutex<Option<RetryWait>>);

impl RetryBoard {
    pub(crate) fn note(&self, wait: RetryWait) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
    }

    /// The wait, while it lasts.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        let wait = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let RetryWait {
            status,
            attempt,
            of,
            until,
        } = wait?;
        let left = until.checked_duration_since(Instant::now())?;
        Some(Waiting::Retry {
            status,
            attempt,
            of,
            left,
        })
    }
}
