//! Reads a walk as record batches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use journey_events_dataset::format::Row;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use tokio::time::timeout;

use super::rows::{Rows, schema};
use super::shared::Batches;
use crate::failure;
use crate::runtime::Driver;
use crate::stream::entities::Entity;
use crate::stream::shared::{Now, Shared};

/// Bytes of texts in a batch, whatever the number of its rows: events are of any length.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How long the rows of a batch wait for more: while the quota is used up, or a session is followed.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Reads batches when they are asked for, so that at most one is in memory here.
#[derive(Debug)]
pub(super) struct Reader {
    batches: Arc<Batches>,
    /// What a call received that was interrupted stays for the next one.
    rows: Rows,
    has_claimed: bool,
}

/// Why filling a batch stopped.
enum Stop {
    Full,
    End,
    Nothing,
    Failed(Box<journey_events::Error>),
    Closed,
    Withheld,
}

impl Reader {
    pub(super) fn new(batches: Arc<Batches>) -> Self {
        Self {
            rows: Rows::new(&batches.layout),
            has_claimed: false,
            batches,
        }
    }

    /// Takes what the walk has.
    fn take(&mut self, walk: &Shared) -> Stop {
        while self.rows.count() < self.batches.rows && self.rows.bytes() < MOST_BYTES {
            match walk.take() {
                Now::Next(Entity::Event(event)) => {
                    let row = Row {
                        session: &self.batches.session,
                        synced_at: None,
                        json: event.json(),
                    };
                    self.rows.push(&row, &self.batches.layout);
                }
                // Of events there are batches alone.
                Now::Next(_) => {}
                Now::End => return Stop::End,
                Now::Failed(error) => return Stop::Failed(error.into()),
                Now::Closed => return Stop::Closed,
                Now::Withheld => return Stop::Withheld,
                Now::Nothing => return Stop::Nothing,
            }
        }
        Stop::Full
    }

    fn read(&mut self, py: Python<'_>) -> PyResult<Option<Result<RecordBatch, ArrowError>>> {
        let batches = Arc::clone(&self.batches);
        let walk = batches.walk.get()?;
        if !self.has_claimed {
            batches.claim(py, walk)?;
            self.has_claimed = true;
        }
        if self.rows.count() > 0 {
            walk.release();
        }
        batches.set_interrupt(None);
        let read = self.fill(py, &batches, walk);
        // The walk is past these rows. Whoever continues it without them would take an incomplete table for complete.
        let is_lost = matches!(read, Ok(Some(Err(_))));
        if is_lost || self.rows.count() > 0 {
            walk.withhold(batches.checkpoint());
        }
        read
    }

    fn fill(
        &mut self,
        py: Python<'_>,
        batches: &Batches,
        walk: &Shared,
    ) -> PyResult<Option<Result<RecordBatch, ArrowError>>> {
        let driver = Driver::get()?;
        let interrupted = |error: PyErr| interrupted(py, batches, error);
        loop {
            let stop = py.detach(|| self.take(walk));
            let has_rows = self.rows.count() > 0;
            match stop {
                Stop::Nothing if has_rows => {
                    let filled =
                        driver.wait(py, async { timeout(LONGEST_WAIT, walk.fill()).await });
                    if filled.map_err(interrupted)?.is_ok() {
                        continue;
                    }
                }
                Stop::Nothing => {
                    driver.wait(py, walk.fill()).map_err(interrupted)?;
                    continue;
                }
                _ if has_rows => {}
                Stop::Full | Stop::End => {
                    batches.passed(walk);
                    return Ok(None);
                }
                Stop::Failed(error) => return Err(failure::raise(py, &error)),
                Stop::Closed => return Err(failure::closed(py)),
                Stop::Withheld => return Err(failure::withheld(py)),
            }
            let batch = py.detach(|| self.rows.finish());
            if batch.is_ok() {
                batches.passed(walk);
            }
            return Ok(Some(batch));
        }
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    /// Called by the consumer, on any thread and with or without the GIL.
    fn next(&mut self) -> Option<Self::Item> {
        let read = || {
            Python::try_attach(|py| {
                self.read(py).unwrap_or_else(|error| {
                    let text = error.to_string();
                    // What `except Exception` must not catch, such as `SystemExit`, must not become an error that it
                    // does catch. Last, for code of Python that runs here would be interrupted.
                    if !error.is_instance_of::<PyException>(py) {
                        interrupt_again(py);
                    }
                    Some(Err(failed(text)))
                })
            })
        };
        // A panic would abort the process on its way through the consumer's code.
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(Some(read)) => read,
            Ok(None) => Some(Err(failed("the interpreter is exiting".to_owned()))),
            Err(_) => Some(Err(failed(
                "a bug of journey-events, see stderr".to_owned(),
            ))),
        }
    }
}

fn failed(text: String) -> ArrowError {
    ArrowError::ExternalError(text.into())
}

/// Keeps what a signal handler raised: the consumer turns this call's error into one of its own.
fn interrupted(py: Python<'_>, batches: &Batches, error: PyErr) -> PyErr {
    let kept = error.clone_ref(py);
    // Its frames may refer to the batches, and nobody would notice that circle.
    let _ = kept.value(py).setattr("__traceback__", py.None());
    batches.set_interrupt(Some(kept));
    error
}

/// Raises an interrupt once more, where it is seen.
fn interrupt_again(py: Python<'_>) {
    let module = py.import("_thread");
    // Without it, the consumer's error ends the walk as well.
    let _ = module.and_then(|module| module.call_method0("interrupt_main"));
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        schema(&self.batches.layout)
    }
}
