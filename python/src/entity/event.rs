//! One event.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use journey_events::model::members;
use journey_events_dataset::format::event_body;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyType};

use super::date::datetime;
use super::json::parsed;
use crate::exception::of_kind;
use crate::failure;

/// One event of a journey session.
///
/// >>> event = next(client.session_events(session_id))
/// >>> event.type, event.body["totalEventCount"]
/// ('com.genesys.journey.WebEvent', 1)
///
/// Its JSON is kept as sent. A field of another type than published is None.
#[pyclass(frozen, eq, module = "journey_events")]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event(journey_events::Event);

impl Event {
    pub(crate) fn new(event: journey_events::Event) -> Self {
        Self(event)
    }

    /// The last of the event's members with this name.
    fn member(&self, name: &str) -> Option<&str> {
        let members = members(self.0.json())?;
        let member = members.into_iter().rfind(|member| member.name == name)?;
        Some(member.json)
    }

    fn member_parsed<'py>(
        &self,
        py: Python<'py>,
        name: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(json) = self.member(name) else {
            return Ok(None);
        };
        let parsed = parsed(py, json).map_err(|cause| {
            let error = format!("`{name}` of a {} isn't valid JSON", self.r#type());
            match of_kind(py, "malformed_event", &error, &PyDict::new(py)) {
                Ok(error) => {
                    error.set_cause(py, Some(cause));
                    error
                }
                Err(failed) => failed,
            }
        });
        parsed.map(Some)
    }
}

#[pymethods]
impl Event {
    /// Reads an event from its JSON, such as a line that was exported earlier.
    #[classmethod]
    fn from_json(class: &Bound<'_, PyType>, json: &str) -> PyResult<Self> {
        let event = journey_events::Event::from_json(json);
        event
            .map(Self)
            .map_err(|error| failure::raise(class.py(), &error))
    }

    /// Its id, which the first published form of the service may leave out.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// Its type in full, such as `com.genesys.journey.WebEvent`.
    #[getter]
    fn r#type(&self) -> &str {
        self.0.event_type()
    }

    /// When it happened, as sent.
    #[getter]
    fn created_date(&self) -> Option<&str> {
        self.0.created_date()
    }

    /// When it happened, in UTC, to the microsecond.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        datetime(py, self.0.created_at())
    }

    /// An id that links the events of one interaction.
    #[getter]
    fn correlation_id(&self) -> Option<&str> {
        self.0.correlation_id()
    }

    /// The customer's id.
    #[getter]
    fn customer_id(&self) -> Option<&str> {
        self.0.customer_id()
    }

    /// The type of the customer's id, such as `cookie` or `email`.
    #[getter]
    fn customer_id_type(&self) -> Option<&str> {
        self.0.customer_id_type()
    }

    /// The event's JSON, exactly as the service sent it.
    #[getter]
    fn json(&self) -> &str {
        self.0.json()
    }

    /// The session it belongs to, as sent: a dict with `id`, `type` and more.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.member_parsed(py, "session")
    }

    /// The body: what happened, as a dict. `None` if the event has none.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match event_body::name(self.r#type()) {
            Some(name) => self.member_parsed(py, &name),
            None => Ok(None),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let read = slf.get_type().getattr("from_json")?;
        Ok((read, (slf.get().json().to_owned(),)))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.json().hash(&mut hasher);
        hasher.finish()
    }

    /// Shows nothing of a customer.
    fn __repr__(&self) -> String {
        let id = self
            .id()
            .map_or_else(|| "None".to_owned(), |id| format!("{id:?}"));
        format!("Event(id={id}, type={:?})", self.r#type())
    }
}
