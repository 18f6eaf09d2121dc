//! The classes of the iterators.

use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::event_loop::Waiting;
use crate::arrow::batches::RecordBatches;
use crate::checkpoint::Checkpoint;
use crate::entity::event::Event;
use crate::entity::session::{FoundSession, Session};
use crate::failure;
use crate::runtime::{Driver, OfProcess};
use crate::stream::entities::{Entity, Stream};
use crate::stream::shared::{Now, Shared};

/// What the iterators have in common. Each can be used in `for` and in `async for`.
#[pyclass(frozen, subclass, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct Walk {
    walk: OfProcess<Arc<Shared>>,
}

impl Walk {
    fn new(stream: Stream) -> Self {
        Self {
            walk: OfProcess::new(Arc::new(Shared::new(stream))),
        }
    }

    /// Takes the next entity if there is one; `None` if it must be waited for.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Taken>> {
        match self.walk.get()?.take() {
            Now::Next(entity) => object(py, entity).map(|entity| Some(Taken::Next(entity))),
            Now::End => Ok(Some(Taken::End)),
            Now::Failed(error) => Err(failure::raise(py, &error)),
            Now::Closed => Err(failure::closed(py)),
            Now::Withheld => Err(failure::withheld(py)),
            Now::Nothing => Ok(None),
        }
    }
}

/// What a walk gave.
enum Taken {
    Next(Py<PyAny>),
    End,
}

fn object(py: Python<'_>, entity: Entity) -> PyResult<Py<PyAny>> {
    Ok(match entity {
        Entity::Event(event) => Py::new(py, Event::new(*event))?.into_any(),
        Entity::Session(session) => Py::new(py, Session::new(*session))?.into_any(),
        Entity::Found(session) => Py::new(py, FoundSession::new(*session))?.into_any(),
    })
}

#[pymethods]
impl Walk {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            match self.take(py)? {
                Some(Taken::Next(entity)) => return Ok(Some(entity)),
                Some(Taken::End) => return Ok(None),
                None => Driver::get()?.wait(py, self.walk.get()?.fill())?,
            }
        }
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static NEXT_OF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let next_of = NEXT_OF.import(slf.py(), "journey_events._event_loop", "next_of")?;
        next_of.call1((slf,))
    }

    /// Returns `(entity,)`, `()` at the end, or `None` if there is nothing yet.
    fn _take(&self, py: Python<'_>) -> PyResult<Option<Vec<Py<PyAny>>>> {
        Ok(self.take(py)?.map(|taken| match taken {
            Taken::Next(entity) => vec![entity],
            Taken::End => Vec::new(),
        }))
    }

    /// Waits for something to take in the background, and calls `wake` then.
    fn _wait(&self, wake: Py<PyAny>) -> PyResult<Waiting> {
        Waiting::start(Arc::clone(self.walk.get()?), wake)
    }

    /// Ends the walk and its requests. Its checkpoint stays.
    fn close(&self) -> PyResult<()> {
        self.walk.get()?.close();
        Ok(())
    }
}

/// Returns where a walk would resume, just after what was taken last.
fn checkpoint(walk: &Walk) -> PyResult<Checkpoint> {
    let checkpoint = walk.walk.get()?.checkpoint();
    let checkpoint = checkpoint.ok_or_else(|| PyRuntimeError::new_err("no checkpoint"))?;
    Ok(Checkpoint::new(checkpoint))
}

/// Every event of a session, each once and in order.
///
/// >>> events = client.session_events(session_id)
/// >>> sum(1 for event in events), events.checkpoint.state
/// (300, 'done')
///
/// Of an error, checkpoint is where to resume; asked for more, it raises the error again. Ctrl-C ends a wait at once
/// and loses nothing. Threads and tasks may share one: each event goes to one of them.
#[pyclass(frozen, extends = Walk, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct SessionEvents {
    session: String,
}

/// Every journey session of an external contact.
#[pyclass(frozen, extends = Walk, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct ContactSessions;

/// The journey sessions found in conversations.
#[pyclass(frozen, extends = Walk, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct FoundSessions;

impl SessionEvents {
    pub(crate) fn start(
        py: Python<'_>,
        session: &str,
        request: journey_events::SessionEvents,
    ) -> PyResult<Py<Self>> {
        request
            .validate()
            .map_err(|error| failure::raise(py, &error))?;
        let walk = Walk::new(Stream::Events(request.stream()));
        let session = session.to_owned();
        Py::new(
            py,
            PyClassInitializer::from(walk).add_subclass(Self { session }),
        )
    }
}

impl ContactSessions {
    pub(crate) fn start(
        py: Python<'_>,
        request: journey_events::ContactSessions,
    ) -> PyResult<Py<Self>> {
        request
            .validate()
            .map_err(|error| failure::raise(py, &error))?;
        let walk = Walk::new(Stream::Sessions(request.stream()));
        Py::new(py, PyClassInitializer::from(walk).add_subclass(Self))
    }
}

impl FoundSessions {
    pub(crate) fn start(
        py: Python<'_>,
        sessions: journey_events::FoundSessions,
    ) -> PyResult<Py<Self>> {
        let walk = Walk::new(Stream::Found(sessions));
        Py::new(py, PyClassInitializer::from(walk).add_subclass(Self))
    }
}

#[pymethods]
impl SessionEvents {
    /// Where to resume: just after the last event that was taken.
    #[getter]
    fn checkpoint(slf: &Bound<'_, Self>) -> PyResult<Checkpoint> {
        checkpoint(slf.as_super().get())
    }

    /// Returns what is left of the walk as record batches of Arrow, for pyarrow, Polars, DuckDB and pandas.
    ///
    /// >>> import pyarrow
    /// >>> batches = client.session_events(session_id).record_batches(["event_id", "created_date", "page_title"])
    /// >>> pyarrow.table(batches).num_rows
    /// 300
    ///
    /// columns are those of the exports, all by default. batch_size is the most rows of a batch: 8192, or fewer if
    /// their texts have 16 MB. A batch is made when the reader asks for it, so at most two are in memory: the one being
    /// made and the one being read.
    #[pyo3(signature = (columns=None, *, batch_size=None))]
    fn record_batches(
        slf: &Bound<'_, Self>,
        columns: Option<&Bound<'_, PyAny>>,
        batch_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<RecordBatches> {
        let walk = Arc::clone(slf.as_super().get().walk.get()?);
        RecordBatches::new(walk, slf.get().session.clone(), columns, batch_size)
    }
}

#[pymethods]
impl ContactSessions {
    /// Where to resume: just after the last session that was taken.
    #[getter]
    fn checkpoint(slf: &Bound<'_, Self>) -> PyResult<Checkpoint> {
        checkpoint(slf.as_super().get())
    }
}
