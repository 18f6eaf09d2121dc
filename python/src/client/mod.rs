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
///
/// The service counts its quota per OAuth client, so make one Client per OAuth client and share it: between threads,
/// and between event loops. It can't be used in a process that was forked from the one that made it.
///
/// >>> from journey_events import Client
/// >>> client = Client(region="eu-central-1", client_id="id", client_secret="secret")
/// >>> client
/// Client(base_url="https://api.mypurecloud.de/")
///
/// Required are an endpoint and credentials; nothing is sent here. Times are seconds, or a timedelta.
///
/// - region, or base_url (a gateway or an emulator; https, or http to this machine) and login_url;
///   allow_plain_http=True allows http to any host.
/// - access_token, or client_id with client_secret, or token_source: a function that returns a token, or a token and
///   its lifetime in seconds. It is called on another thread whenever a token is needed.
/// - requests_per_minute (300), requests_per_second (50), burst (10). share_quota="machine" counts together with the
///   other programs of this machine that use the same OAuth client, share_quota="postgres://HOST/DATABASE" with all
///   that name this database.
/// - max_attempts (5), max_throttled_attempts (8), base_delay (0.2), max_delay (20), max_retry_after (180),
///   page_deadline (300), retry_budget (500).
/// - connect_timeout (5), read_timeout (15), attempt_timeout (30), idle_timeout (20), proxy, root_certificate (PEM).
/// - page_size_parameter: "both", or for a gateway that refuses one of them, "limit" or "pageSize".
///
/// Raises InvalidInputError, a ValueError, or TypeError, naming the setting and what is allowed. With share_quota also
/// OSError if the machine's file can't be opened, or DatasetError if the database can't be used.
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

    /// Builds a client from the environment and from settings, which take precedence.
    pub(crate) fn of_environment(
        py: Python<'_>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let builder = journey_events::ClientBuilder::from_env();
        let builder = builder.map_err(|error| failure::raise(py, &error))?;
        Self::build(py, builder, settings)
    }

    /// The library's client.
    pub(crate) fn client(&self) -> PyResult<&journey_events::Client> {
        self.0.get()
    }
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (**settings), text_signature = "(*, region=None, base_url=None, login_url=None, allow_plain_http=False, access_token=None, client_id=None, client_secret=None, token_source=None, requests_per_minute=None, requests_per_second=None, burst=None, share_quota=None, max_attempts=None, max_throttled_attempts=None, base_delay=None, max_delay=None, max_retry_after=None, page_deadline=None, retry_budget=None, page_size_parameter=None, connect_timeout=None, read_timeout=None, attempt_timeout=None, idle_timeout=None, proxy=None, root_certificate=None)")]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, journey_events::Client::builder(), settings)
    }

    /// Makes a client from the environment variables of the official tools.
    ///
    /// GENESYSCLOUD_REGION, and GENESYSCLOUD_ACCESS_TOKEN or GENESYSCLOUD_OAUTHCLIENT_ID and
    /// GENESYSCLOUD_OAUTHCLIENT_SECRET; also those for a gateway and a proxy. Settings given here take precedence.
    ///
    /// >>> client = Client.from_env(requests_per_minute=100)  # doctest: +SKIP
    #[classmethod]
    #[pyo3(signature = (**settings))]
    fn from_env(class: &Bound<'_, PyType>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::of_environment(class.py(), settings)
    }

    /// Starts a walk over the events of a session, each once and in order.
    ///
    /// >>> for event in client.session_events(session_id):
    /// ...     print(event.type)
    /// ...     break
    /// com.genesys.journey.WebEvent
    ///
    /// Nothing is sent until the first event is taken. Use it in `for` or in `async for`.
    ///
    /// - page_size: events per request, not in all; 200, which is also the most.
    /// - event_types: only these, such as ["com.genesys.journey.WebEvent"].
    /// - read_ahead: pages to fetch while you work on earlier ones; 0.
    /// - resume: a checkpoint of an earlier walk (or its JSON): yields exactly the events not yet yielded.
    /// - follow: keep polling for new events at this interval, 1 s or more, until the session has ended.
    /// - after, before: start at a cursor, as found in a `nextUri` or `previousUri`.
    ///
    /// Raises InvalidInputError or TypeError for what is invalid, before anything is sent.
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
    ///
    /// >>> [session.id == session_id for session in client.contact_sessions(contact_id)][0]
    /// True
    ///
    /// include_merged sets whether sessions of contacts that were merged into this one are included. The other
    /// arguments are those of session_events.
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
    ///
    /// >>> for session in client.conversation_sessions(conversation_id):
    /// ...     print(session.conversation_id == conversation_id)
    /// True
    ///
    /// Needs the permission analytics:conversationDetail:view.
    fn conversation_sessions(
        &self,
        py: Python<'_>,
        conversation_id: &str,
    ) -> PyResult<Py<FoundSessions>> {
        FoundSessions::start(py, self.client()?.conversation_sessions(conversation_id))
    }

    /// Finds the journey sessions of all conversations of an interval, from its start up to its end.
    ///
    /// >>> sessions = client.sessions_between("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    /// >>> session_id in [session.id for session in sessions]
    /// True
    ///
    /// Both are datetimes with a time zone, or text as here. Of any length: it is queried in slices.
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
    ///
    /// >>> client.session(session_id).event_count
    /// 300
    ///
    /// In an event loop, use `await asyncio.to_thread(client.session, session_id)`.
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

    /// Returns what the client has done so far: requests, attempts, pages, events, bytes and seconds waited for the
    /// quota.
    ///
    /// >>> client.stats()["requests"] > 0
    /// True
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
