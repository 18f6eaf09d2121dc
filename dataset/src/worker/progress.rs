//! What a run has done so far, for whoever watches it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::dataset::{CommitOutcome, PublishedFile};
use crate::ledger::totals::{Counts, Totals};

/// A moment of a run. `totals` and `counts` are those of a moment before where reading the ledger takes over 10 ms: that
/// takes a hundredth of the time, at most.
///
/// ```
/// use journey_events_dataset::RunProgress;
/// use tokio::sync::watch;
///
/// async fn print(mut progress: watch::Receiver<RunProgress>) {
///     while progress.changed().await.is_ok() {
///         let now = *progress.borrow_and_update();
///         println!("{} sessions, {} events", now.sessions, now.events);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunProgress {
    /// The whole dataset's totals.
    pub totals: Totals,
    /// What is left to do for this run.
    pub counts: Counts,
    /// Sessions whose read ended in this run of this process.
    pub sessions: u64,
    /// Events that this process recorded in this run.
    pub events: u64,
    /// Whether all sessions wait because the service can't be used.
    pub is_outage: bool,
}

/// The running totals behind [`RunProgress`] and [`Report`](super::Report).
#[derive(Debug, Default)]
pub(super) struct Counters {
    sessions: AtomicU64,
    events: AtomicU64,
    settled: AtomicU64,
    is_outage: AtomicBool,
    files: Mutex<Vec<PublishedFile>>,
}

impl Counters {
    pub(super) fn session_ended(&self) {
        self.sessions.fetch_add(1, Relaxed);
    }

    pub(super) fn committed(&self, outcome: &CommitOutcome) {
        self.events.fetch_add(outcome.events, Relaxed);
        self.settled.fetch_add(outcome.settled, Relaxed);
    }

    pub(super) fn published(&self, files: Vec<PublishedFile>) {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(files);
    }

    pub(super) fn set_outage(&self, is_outage: bool) {
        self.is_outage.store(is_outage, Relaxed);
    }

    pub(super) fn sessions(&self) -> u64 {
        self.sessions.load(Relaxed)
    }

    pub(super) fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    pub(super) fn settled(&self) -> u64 {
        self.settled.load(Relaxed)
    }

    pub(super) fn is_outage(&self) -> bool {
        self.is_outage.load(Relaxed)
    }

    pub(super) fn files(&self) -> Vec<PublishedFile> {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
