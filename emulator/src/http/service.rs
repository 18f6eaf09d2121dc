//! What the emulator knows while it runs, and its answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::admission::Admission;
use crate::builder::EmulatorBuilder;
use crate::data::contacts::Contacts;
use crate::data::listing::{BadCursor, listing};
use crate::data::own_events::OwnSession;
use crate::data::session;
use crate::data::sessions::Sessions;
use crate::fault::spec::{Fault, Faults};
use crate::form::Form;
use crate::http::problem::{Problem, json_answer};
use crate::http::query::Query;
use crate::http::uri;
use crate::recording::Recording;
use crate::rng::Rng;

#[derive(Debug)]
pub(crate) struct Service {
    seed: u64,
    form: Form,
    pub(crate) latency: Duration,
    pub(crate) admission: Admission,
    pub(crate) sessions: Sessions,
    pub(crate) contacts: Contacts,
    faults: Faults,
    pub(crate) recording: Recording,
    pub(crate) requests: AtomicU64,
    pub(crate) throttled: AtomicU64,
    answers: AtomicU64,
}

impl Service {
    /// `own`: events that were given, in place of made-up ones.
    pub(crate) fn new(settings: &EmulatorBuilder, own: Option<Vec<OwnSession>>) -> Self {
        let seed = settings.seed;
        let (contacts, sessions) = match own {
            None => {
                let sessions = Sessions::made(settings);
                (Contacts::made(seed, sessions.infos.len()), sessions)
            }
            Some(own) => (Contacts::own(seed, &own), Sessions::own(settings, own)),
        };
        Self {
            seed,
            form: settings.form,
            latency: settings.latency,
            admission: Admission::new(settings),
            sessions,
            contacts,
            faults: Faults::new(&settings.faults, seed),
            recording: Recording::new(),
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            answers: AtomicU64::new(0),
        }
    }

    /// Counts a request under `/api/`; the fault that strikes it, if one does.
    pub(crate) fn next_fault(&self) -> Option<Fault> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.faults.next()
    }

    /// Forgets the requests that came, and counts for faults from the start again.
    pub(crate) fn forget_recorded(&self) {
        self.recording.clear();
        self.faults.begin_anew();
    }

    /// An id for the next answer.
    pub(crate) fn correlation_id(&self) -> String {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        Rng::of([self.seed, number, 7]).uuid()
    }

    /// The answer to a request for events, checked in the order of the service: who asks, whether
    /// they ask too often, then what they ask for.
    pub(crate) fn events(
        &self,
        session: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admission.check(headers)?;
        let served = self.sessions.asked_for(session);
        let served = served.ok_or(Problem::UnknownSession)?;
        let query = Query::parse(query, self.form).map_err(Problem::InvalidValue)?;
        let page = listing(served, &query, self.form).map_err(|BadCursor| Problem::BadCursor)?;
        Ok(json_answer(StatusCode::OK, page))
    }

    /// The answer to a request for a session itself.
    pub(crate) fn about(&self, session: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        self.admission.check(headers)?;
        let served = self.sessions.asked_for(session);
        let json = session::json(served.ok_or(Problem::UnknownSession)?);
        Ok(json_answer(StatusCode::OK, json.to_string()))
    }

    /// The answer to a request for a contact's sessions.
    pub(crate) fn sessions_of(
        &self,
        contact: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admission.check(headers)?;
        let (key, numbers) = self.contacts.get(contact).ok_or(Problem::UnknownContact)?;
        let query = Query::parse(query, self.form).map_err(Problem::InvalidValue)?;
        // Of a contact's sessions there is no way back, and no filter.
        let query = Query {
            before: None,
            filter: None,
            ..query
        };
        let json = |number: &usize| self.sessions.get(*number).map(session::json);
        let path = uri::sessions_of(contact);
        let page = session::listing(numbers, json, key, &path, &query);
        let page = page.ok_or(Problem::BadCursor)?;
        Ok(json_answer(StatusCode::OK, page.to_string()))
    }
}
