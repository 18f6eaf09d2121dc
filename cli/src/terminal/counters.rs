//! What an export has done so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts of an export under way.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) sessions: AtomicU64,
    pub(crate) sessions_done: AtomicU64,
    pub(crate) sessions_failed: AtomicU64,
    pub(crate) events: AtomicU64,
    /// How many events there will be; 0 if it is not known.
    pub(crate) expected: AtomicU64,
}

impl Meter {
    pub(crate) fn add(counter: &AtomicU64, number: u64) {
        counter.fetch_add(number, Relaxed);
    }

    pub(crate) fn read(counter: &AtomicU64) -> u64 {
        counter.load(Relaxed)
    }
}
