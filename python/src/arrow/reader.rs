//! Reads a walk as record batches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use journey_events::Checkpoint;
use journey_events_dataset::format::{Layout, Row};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use tokio::time::timeout;

use super::rows::{Rows, schema};
use crate::failure;
use crate::runtime::{Driver, OfProcess};
use crate::stream::entities::Entity;
use crate::stream::shared::{Now, Shared};

/// Bytes of texts in a batch, whatever the number of its rows: events are of any length.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How long the rows of a batch wait for more: while the quota is used up, or a session is followed.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What the streams of one walk share.
#[derive(Debug)]
pub(super) struct Batches {
    pub(super) walk: OfProcess<Arc<Shared>>,
    pub(super) session: String,
    pub(super) layout: Layout,
    /// Most rows of a batch.
    pub(super) rows: usize,
    /// Where the last batch that was handed out ends; `None` before the first.
    handed_out: Mutex<HandedOut>,
}

#[derive(Debug, Default)]
struct HandedOut {
    checkpoint: Option<Checkpoint>,
    any: bool,
}

impl Batches {
    pub(super) fn new(walk: Arc<Shared>, session: String, layout: Layout, rows: usize) -> Self {
        let checkpoint = walk.checkpoint();
        Self {
            walk: OfProcess::new(walk),
            session,
            layout,
            rows,
            handed_out: Mutex::new(HandedOut {
                checkpoint,
                any: false,
            }),
        }
    }

    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        let handed_out = self.handed_out.lock();
        let handed_out = handed_out.unwrap_or_else(PoisonError::into_inner);
        handed_out.checkpoint.clone()
    }

    /// Whether a batch was handed out.
    pub(super) fn is_begun(&self) -> bool {
        let handed_out = self.handed_out.lock();
        handed_out.unwrap_or_else(PoisonError::into_inner).any
    }

    fn hand_out(&self, rows: &mut Rows) -> Result<RecordBatch, ArrowError> {
        let batch = rows.finish()?;
        let checkpoint = self.walk.get().ok().and_then(|walk| walk.checkpoint());
        let handed_out = self.handed_out.lock();
        let mut handed_out = handed_out.unwrap_or_else(PoisonError::into_inner);
        *handed_out = HandedOut {
            checkpoint,
            any: true,
        };
        Ok(batch)
    }
}

/// Reads batches when they are asked for, so that at most one is in memory here.
#[derive(Debug)]
pub(super) struct Reader {
    batches: Arc<Batches>,
    /// What a call received that was interrupted stays for the next one.
    rows: Rows,
}

/// Why filling a batch stopped.
enum Stop {
    Full,
    End,
    Nothing,
    Failed(Box<journey_events::Error>),
    Closed,
}

impl Reader {
    pub(super) fn new(batches: Arc<Batches>) -> Self {
        Self {
            rows: Rows::new(&batches.layout),
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
                Now::Nothing => return Stop::Nothing,
            }
        }
        Stop::Full
    }

    fn read(&mut self, py: Python<'_>) -> PyResult<Option<Result<RecordBatch, ArrowError>>> {
        let batches = Arc::clone(&self.batches);
        let walk = batches.walk.get()?;
        let driver = Driver::get()?;
        loop {
            let stop = py.detach(|| self.take(walk));
            let has_rows = self.rows.count() > 0;
            match stop {
                Stop::Nothing if has_rows => {
                    let filled =
                        driver.wait(py, async { timeout(LONGEST_WAIT, walk.fill()).await })?;
                    if filled.is_ok() {
                        continue;
                    }
                }
                Stop::Nothing => {
                    driver.wait(py, walk.fill())?;
                    continue;
                }
                _ if has_rows => {}
                Stop::Full | Stop::End => return Ok(None),
                Stop::Failed(error) => return Err(failure::raise(py, &error)),
                Stop::Closed => return Err(failure::closed()),
            }
            return Ok(Some(py.detach(|| batches.hand_out(&mut self.rows))));
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
                    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
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

/// Raises the interrupt once more, where it is seen: the consumer turns this call's error into one of its own.
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
