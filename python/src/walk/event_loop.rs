//! Waiting within an event loop of asyncio.

use std::sync::Arc;

use pyo3::prelude::*;
use tokio::task::{AbortHandle, spawn_blocking};

use crate::runtime::{Driver, OfProcess};
use crate::stream::shared::Shared;

/// A task that waits for a walk. Cancelling it ends the wait, and loses nothing.
#[pyclass(frozen, module = "journey_events._native")]
#[derive(Debug)]
pub(crate) struct Waiting(OfProcess<AbortHandle>);

impl Waiting {
    /// Starts to wait. Once there is something to take, calls `wake` from another thread.
    pub(crate) fn start(walk: Arc<Shared>, wake: Py<PyAny>) -> PyResult<Self> {
        let task = Driver::get()?.spawn(async move {
            walk.fill().await;
            // Not here: whoever holds the GIL for long must not keep the runtime from its requests and timers.
            let woken = spawn_blocking(move || {
                // Without an interpreter, there is no loop to wake.
                Python::try_attach(|py| {
                    // Fails if the loop was closed meanwhile.
                    let _ = wake.call0(py);
                });
            });
            let _ = woken.await;
        });
        Ok(Self(OfProcess::new(task)))
    }
}

#[pymethods]
impl Waiting {
    /// Ends the wait.
    fn cancel(&self) {
        if let Ok(task) = self.0.get() {
            task.abort();
        }
    }
}
