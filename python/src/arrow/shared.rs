//! What the streams of one walk share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journey_events::Checkpoint;
use journey_events_dataset::format::Layout;
use pyo3::prelude::*;

use crate::exception::invalid;
use crate::runtime::OfProcess;
use crate::stream::shared::Shared;

/// The batches of a walk: at most one stream reads them.
#[derive(Debug)]
pub(super) struct Batches {
    pub(super) walk: OfProcess<Arc<Shared>>,
    pub(super) session: String,
    pub(super) layout: Layout,
    /// Most rows of a batch.
    pub(super) rows: usize,
    /// Set by the first read: from then on rows may be held that no other stream can have.
    is_claimed: AtomicBool,
    /// Where the last batch that was handed out ends.
    handed_out: Mutex<Option<Checkpoint>>,
    /// What a signal handler raised during the last read.
    interrupt: Mutex<Option<PyErr>>,
}

impl Batches {
    pub(super) fn new(walk: Arc<Shared>, session: String, layout: Layout, rows: usize) -> Self {
        Self {
            handed_out: Mutex::new(walk.checkpoint()),
            walk: OfProcess::new(walk),
            session,
            layout,
            rows,
            is_claimed: AtomicBool::new(false),
            interrupt: Mutex::new(None),
        }
    }

    pub(super) fn is_claimed(&self) -> bool {
        self.is_claimed.load(Ordering::SeqCst)
    }

    /// Makes the stream that calls it the one that reads.
    pub(super) fn claim(&self, py: Python<'_>, walk: &Shared) -> PyResult<()> {
        if self.is_claimed.swap(true, Ordering::SeqCst) {
            return Err(second_reader(py));
        }
        self.passed(walk);
        Ok(())
    }

    /// Where to resume: just after what was handed out.
    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        locked(&self.handed_out).clone()
    }

    /// Everything that was taken of the walk has been handed out.
    pub(super) fn passed(&self, walk: &Shared) {
        *locked(&self.handed_out) = walk.checkpoint();
    }

    pub(super) fn interrupt(&self, py: Python<'_>) -> Option<PyErr> {
        let interrupt = locked(&self.interrupt);
        interrupt.as_ref().map(|error| error.clone_ref(py))
    }

    pub(super) fn set_interrupt(&self, interrupt: Option<PyErr>) {
        // Dropped after the lock is free: that may run code of Python.
        let _before = std::mem::replace(&mut *locked(&self.interrupt), interrupt);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn second_reader(py: Python<'_>) -> PyErr {
    invalid(
        py,
        "these batches are being read already, and a second reader would lack what the first one has; make others, \
         with resume=checkpoint",
    )
}
