//! Which retry is being waited for.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::fetch::limit::activity::Waiting;

/// A wait before another attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryWait {
    pub(crate) status: Option<u16>,
    pub(crate) attempt: u32,
    pub(crate) of: u32,
    pub(crate) until: Instant,
}

/// The latest wait before another attempt.
#[derive(Debug, Default)]
pub(crate) struct RetryWaits(Mutex<Option<RetryWait>>);

impl RetryWaits {
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
