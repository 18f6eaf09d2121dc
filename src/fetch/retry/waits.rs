//! Which retries are being waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// The current waits before another attempt.
#[derive(Debug, Default)]
pub(crate) struct RetryWaits(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    current: HashMap<u64, RetryWait>,
    next_key: u64,
}

/// Held during a wait. Dropping it ends the wait, also if its request is cancelled.
#[derive(Debug)]
pub(crate) struct WaitGuard<'a> {
    waits: &'a RetryWaits,
    key: u64,
}

impl RetryWaits {
    pub(crate) fn begin(&self, wait: RetryWait) -> WaitGuard<'_> {
        let mut waits = self.locked();
        let key = waits.next_key;
        waits.next_key += 1;
        waits.current.insert(key, wait);
        WaitGuard { waits: self, key }
    }

    /// Returns the wait that lasts longest.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        let longest = self
            .locked()
            .current
            .values()
            .max_by_key(|wait| wait.until)
            .copied();
        let RetryWait {
            status,
            attempt,
            of,
            until,
        } = longest?;
        let left = until.checked_duration_since(Instant::now())?;
        Some(Waiting::Retry {
            status,
            attempt,
            of,
            left,
        })
    }

    fn locked(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.waits.locked().current.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_longest_wait_is_reported_until_its_guard_is_dropped() {
        let waits = RetryWaits::default();
        let begin = |seconds: u64, attempt| {
            waits.begin(RetryWait {
                status: Some(503),
                attempt,
                of: 5,
                until: Instant::now() + Duration::from_secs(seconds),
            })
        };
        let left = || match waits.waiting() {
            Some(Waiting::Retry { left, .. }) => Some(left.as_secs()),
            _ => None,
        };
        let long = begin(20, 4);
        let short = begin(1, 2);
        assert_eq!(left(), Some(20), "the latest one isn't the longest");
        drop(long);
        assert_eq!(left(), Some(1));
        drop(short);
        assert_eq!(left(), None);
    }
}
