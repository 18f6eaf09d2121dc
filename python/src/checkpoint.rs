//! A position that outlives the process.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use journey_events::CheckpointState;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::argument::wrong_type;
use crate::exception::invalid;

/// A position in a walk: what was yielded, and where to resume.
///
/// Small, and without a secret: keep it beside the events that you have stored, by pickle or as JSON.
///
/// >>> events = client.session_events(session_id)
/// >>> first = next(events)
/// >>> text = events.checkpoint.to_json()
/// >>> len(list(client.session_events(session_id, resume=Checkpoint.from_json(text))))
/// 299
#[pyclass(frozen, eq, module = "journey_events")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint(journey_events::Checkpoint);

impl Checkpoint {
    pub(crate) fn new(checkpoint: journey_events::Checkpoint) -> Self {
        Self(checkpoint)
    }

    /// Reads the argument `resume`: a checkpoint, or its JSON.
    pub(crate) fn given(value: &Bound<'_, PyAny>) -> PyResult<journey_events::Checkpoint> {
        if let Ok(checkpoint) = value.cast::<Self>() {
            return Ok(checkpoint.get().0.clone());
        }
        let allowed = "expected a Checkpoint or the text of its to_json()";
        let json = value.extract::<&str>();
        let json = json.map_err(|_| wrong_type("resume", value, allowed))?;
        Self::read(value.py(), json).map(|checkpoint| checkpoint.0)
    }

    fn read(py: Python<'_>, json: &str) -> PyResult<Self> {
        let checkpoint = serde_json::from_str(json);
        checkpoint
            .map(Self)
            .map_err(|error| invalid(py, &format!("the text isn't a checkpoint: {error}")))
    }
}

#[pymethods]
impl Checkpoint {
    /// Reads what `to_json` wrote, in this or another language.
    #[classmethod]
    fn from_json(class: &Bound<'_, PyType>, json: &str) -> PyResult<Self> {
        Self::read(class.py(), json)
    }

    /// Writes it as JSON of at most a few KB. It holds no secret.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.0).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The id of the session or contact that it belongs to.
    #[getter]
    fn session_id(&self) -> &str {
        self.0.session_id()
    }

    /// `"start"`, `"within"` or `"done"`.
    #[getter]
    fn state(&self) -> &'static str {
        match self.0.state() {
            CheckpointState::Start => "start",
            CheckpointState::Done => "done",
            _ => "within",
        }
    }

    /// How many items of its page were yielded.
    #[getter]
    fn yielded(&self) -> usize {
        self.0.yielded()
    }

    /// Returns the checkpoint after the event that can't be decoded, if it is of a MalformedEventError; else the same.
    fn skip(&self) -> Self {
        Self(self.0.clone().skip())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let read = slf.get_type().getattr("from_json")?;
        Ok((read, (slf.get().to_json()?,)))
    }

    fn __hash__(&self) -> PyResult<u64> {
        let mut hasher = DefaultHasher::new();
        self.to_json()?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __repr__(&self) -> String {
        format!(
            "Checkpoint(session_id={:?}, state={:?}, yielded={})",
            self.session_id(),
            self.state(),
            self.yielded()
        )
    }
}
