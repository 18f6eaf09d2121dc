//! The client.

mod settings;
mod shared_quota;
mod token_source;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use self::settings::apply;
use crate::argument::{duration, number, number_from, texts};
use crate::checkpoint::Checkpoint;
use crate::entity::date;
use crate::entity::session::Session;
use crate::failure;
use crate::runtime::{Driver, OfProcess};
use crate::walk::classes::{ContactSessions, FoundSessions, SessionEvents};

/// A client of one Genesys Cloud organization.
#[pyclass(frozen, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct Client(OfProcess<journey_events::Client>);

impl Client {
    fn build(
        py: Python<'_>,
        builder: journey_events::ClientBuilder,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let builder = apply(builder, settings)?;
        let client = builder
            .build()
            .map_err(|error| failure::raise(py, &error))?;
        Ok(Self(OfProcess::new(client)))
    }

    /// The library's client.
    pub(crate) fn client(&self) -> PyResult<&journey_events::Client> {
        self.0.get()
    }
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, journey_events::Client::builder(), settings)
    }

    /// Builds a client with the region and credentials of the official tools' environment variables.
    #[classmethod]
    #[pyo3(signature = (**settings))]
    fn from_env(class: &Bound<'_, PyType>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = class.py();
        let builder = journey_events::ClientBuilder::from_env();
        let builder = builder.map_err(|error| failure::raise(py, &error))?;
        Self::build(py, builder, settings)
    }

    /// Starts a walk over the events of a session. Nothing is sent until the first event is asked for.
    #[pyo3(signature = (session_id, *, page_size=None, after=None, before=None, event_types=None, read_ahead=None,
        follow=None, resume=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn session_events(
        &self,
        py: Python<'_>,
        session_id: &str,
        page_size: Option<&Bound<'_, PyAny>>,
        after: Option<&str>,
        before: Option<&str>,
        event_types: Option<&Bound<'_, PyAny>>,
        read_ahead: Option<&Bound<'_, PyAny>>,
        follow: Option<&Bound<'_, PyAny>>,
        resume: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<SessionEvents>> {
        let mut request = self.client()?.session_events(session_id);
        if let Some(size) = page_size {
            request = request.limit(number_from(1, "page_size", size)?);
        }
        if let Some(cursor) = after {
            request = request.after(cursor);
        }
        if let Some(cursor) = before {
            request = request.before(cursor);
        }
        if let Some(types) = event_types {
            request = request.event_types(texts("event_types", types)?);
        }
        if let Some(pages) = read_ahead {
            request = request.read_ahead(number("read_ahead", pages)? as usize);
        }
        if let Some(interval) = follow {
            request = request.follow(duration("follow", interval)?);
        }
        if let Some(checkpoint) = resume {
            request = request.resume(Checkpoint::given(checkpoint)?);
        }
        SessionEvents::start(py, session_id, request)
    }

    /// Starts a walk over the journey sessions of an external contact.
    #[pyo3(signature = (contact_id, *, page_size=None, after=None, before=None, include_merged=None, read_ahead=None,
        resume=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn contact_sessions(
        &self,
        py: Python<'_>,
        contact_id: &str,
        page_size: Option<&Bound<'_, PyAny>>,
        after: Option<&str>,
        before: Option<&str>,
        include_merged: Option<bool>,
        read_ahead: Option<&Bound<'_, PyAny>>,
        resume: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<ContactSessions>> {
        let mut request = self.client()?.contact_sessions(contact_id);
        if let Some(size) = page_size {
            request = request.limit(number_from(1, "page_size", size)?);
        }
        if let Some(cursor) = after {
            request = request.after(cursor);
        }
        if let Some(cursor) = before {
            request = request.before(cursor);
        }
        if let Some(included) = include_merged {
            request = request.include_merged(included);
        }
        if let Some(pages) = read_ahead {
            request = request.read_ahead(number("read_ahead", pages)? as usize);
        }
        if let Some(checkpoint) = resume {
            request = request.resume(Checkpoint::given(checkpoint)?);
        }
        ContactSessions::start(py, request)
    }

    /// Finds the journey sessions of a conversation.
    fn conversation_sessions(
        &self,
        py: Python<'_>,
        conversation_id: &str,
    ) -> PyResult<Py<FoundSessions>> {
        FoundSessions::start(py, self.client()?.conversation_sessions(conversation_id))
    }

    /// Finds the journey sessions of all conversations of an interval, from its start up to its end.
    fn sessions_between(
        &self,
        py: Python<'_>,
        start: &Bound<'_, PyAny>,
        end: &Bound<'_, PyAny>,
    ) -> PyResult<Py<FoundSessions>> {
        let interval = date::given("start", start)?..date::given("end", end)?;
        FoundSessions::start(py, self.client()?.sessions_between(interval))
    }

    /// Fetches a session: how many events it has, and whether it has ended.
    fn session(&self, py: Python<'_>, session_id: &str) -> PyResult<Session> {
        let fetched = Driver::get()?.wait(py, self.client()?.session(session_id))?;
        let session = fetched.map_err(|error| failure::raise(py, &error))?;
        Ok(Session::new(session))
    }

    /// The base URL of the API.
    #[getter]
    fn base_url(&self) -> PyResult<&str> {
        Ok(self.client()?.base_url())
    }

    /// What the client has done so far.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.client()?.stats();
        let totals = PyDict::new(py);
        totals.set_item("requests", stats.requests)?;
        totals.set_item("attempts", stats.attempts)?;
        totals.set_item("pages", stats.pages)?;
        totals.set_item("events", stats.events)?;
        totals.set_item("bytes", stats.bytes)?;
        totals.set_item("waited", stats.waited.as_secs_f64())?;
        Ok(totals)
    }

    /// Shows no credentials.
    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("Client(base_url={:?})", self.client()?.base_url()))
    }
}
