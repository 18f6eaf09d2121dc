//! What happened so far, kept outside the future that a signal cancels.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journey_events::Error;

use crate::terminal::counters::Counters;

/// A session that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) session: String,
    pub(super) error: Box<Error>,
    /// Events received before.
    pub(super) events: u64,
}

/// Figures of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counters: Arc<Counters>,
    pub(super) skipped: AtomicU64,
    started: AtomicU64,
    failures: Mutex<Vec<Failure>>,
}

impl Tally {
    pub(super) fn start(&self) {
        Self::count(&self.started);
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.failures().push(failure);
    }

    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn started(&self) -> u64 {
        self.started.load(Relaxed)
    }

    pub(super) fn failed(&self) -> usize {
        self.failures().len()
    }

    /// Removes and returns the failures.
    pub(super) fn take_failures(&self) -> Vec<Failure> {
        std::mem::take(&mut self.failures())
    }

    fn failures(&self) -> MutexGuard<'_, Vec<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
