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
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    /// Those that are being read.
    active: Vec<Arc<str>>,
    complete: u64,
    failures: Vec<Failure>,
}

impl Tally {
    pub(super) fn start(&self, session: &Arc<str>) {
        self.sessions().active.push(Arc::clone(session));
    }

    pub(super) fn complete(&self, session: &str) {
        let mut sessions = self.sessions();
        sessions.active.retain(|active| **active != *session);
        sessions.complete += 1;
        Counters::add(&self.counters.sessions_done, 1);
    }

    pub(super) fn fail(&self, failure: Failure) {
        let mut sessions = self.sessions();
        sessions
            .active
            .retain(|active| **active != *failure.session);
        sessions.failures.push(failure);
        Counters::add(&self.counters.sessions_done, 1);
        Counters::add(&self.counters.sessions_failed, 1);
    }

    pub(super) fn skip(&self) {
        self.skipped.fetch_add(1, Relaxed);
    }

    /// How many sessions were read to their end.
    pub(super) fn completed(&self) -> u64 {
        self.sessions().complete
    }

    pub(super) fn has_failures(&self) -> bool {
        !self.sessions().failures.is_empty()
    }

    /// Returns the sessions whose reading was cut off.
    pub(super) fn cut_off(&self) -> Vec<Arc<str>> {
        self.sessions().active.clone()
    }

    /// Removes and returns the failures.
    pub(super) fn take_failures(&self) -> Vec<Failure> {
        std::mem::take(&mut self.sessions().failures)
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
