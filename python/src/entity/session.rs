//! Sessions.

use pyo3::prelude::*;
use pyo3::types::PyDateTime;

use super::date::datetime;

/// A journey session of a contact.
#[pyclass(frozen, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct Session(journey_events::Session);

impl Session {
    pub(crate) fn new(session: journey_events::Session) -> Self {
        Self(session)
    }
}

#[pymethods]
impl Session {
    /// Its id, for `Client.session_events`.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// Its type, such as `web` or `app`.
    #[getter]
    fn r#type(&self) -> Option<&str> {
        self.0.session_type()
    }

    /// When it began, in UTC.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        datetime(py, self.0.created_at())
    }

    /// When it ended, in UTC; `None` while it is open.
    #[getter]
    fn ended_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        datetime(py, self.0.ended_at())
    }

    /// When its last event so far happened, in UTC.
    #[getter]
    fn last_event_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        datetime(py, self.0.last_event_at())
    }

    /// Whether it has ended.
    #[getter]
    fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// How many events it has so far.
    #[getter]
    fn event_count(&self) -> Option<u64> {
        self.0.event_count()
    }

    /// The session's JSON, exactly as the service sent it.
    #[getter]
    fn json(&self) -> &str {
        self.0.json()
    }

    fn __repr__(&self) -> String {
        format!("Session(id={:?})", self.id())
    }
}

/// A journey session that was found in a conversation.
#[pyclass(frozen, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct FoundSession(journey_events::FoundSession);

impl FoundSession {
    pub(crate) fn new(session: journey_events::FoundSession) -> Self {
        Self(session)
    }
}

#[pymethods]
impl FoundSession {
    /// Its id, for `Client.session_events`.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// Its type, such as `web` or `app`.
    #[getter]
    fn r#type(&self) -> Option<&str> {
        self.0.session_type()
    }

    /// The customer's id.
    #[getter]
    fn customer_id(&self) -> Option<&str> {
        self.0.customer_id()
    }

    /// The type of the customer's id, such as `cookie`.
    #[getter]
    fn customer_id_type(&self) -> Option<&str> {
        self.0.customer_id_type()
    }

    /// The external contact's id, for `Client.contact_sessions`.
    #[getter]
    fn contact_id(&self) -> Option<&str> {
        self.0.contact_id()
    }

    /// The conversation that it was found in.
    #[getter]
    fn conversation_id(&self) -> Option<&str> {
        self.0.conversation_id()
    }

    fn __repr__(&self) -> String {
        format!("FoundSession(id={:?})", self.id())
    }
}
