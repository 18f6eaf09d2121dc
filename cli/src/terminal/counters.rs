//! Counters of a running export, shown as progress.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of a running export.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sessions: AtomicU64,
    pub(crate) sessions_done: AtomicU64,
    pub(crate) sessions_failed: AtomicU64,
    pub(crate) events: AtomicU64,
    /// Total number of events; 0 if unknown.
    pub(crate) expected: AtomicU64,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64, number: u64) {
        counter.fetch_add(number, Relaxed);
    }

    pub(crate) fn read(counter: &AtomicU64) -> u64 {
        counter.load(Relaxed)
    }
}
