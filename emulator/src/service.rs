//! What the emulator knows while it runs, and its answers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::time::Instant;

use crate::builder::EmulatorBuilder;
use crate::events::Events;
use crate::fault::{Fault, Faults};
use crate::form::Form;
use crate::listing::{BadCursor, Served, listing};
use crate::oauth::{self, OAuth};
use crate::own::{OwnEvent, OwnSession};
use crate::problem::{Problem, json_answer};
use crate::query::Query;
use crate::quota::Quota;
use crate::recording::Recording;
use crate::rng::Rng;
use crate::session_info::{self, SessionInfo};
use crate::story::{Identity, Medium};

/// Which bearer tokens pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    Any,
    Issued,
}

#[derive(Debug)]
pub(crate) struct Service {
    seed: u64,
    pub(crate) latency: Duration,
    tokens: Tokens,
    pub(crate) oauth: OAuth,
    quota: Option<Mutex<Quota>>,
    pub(crate) sessions: Vec<SessionInfo>,
    /// Events that were given, a session each; empty where they are made up.
    own: Vec<Arc<[OwnEvent]>>,
    form: Form,
    pub(crate) recording: Recording,
    /// Number of each session, by its id.
    numbers: HashMap<String, u64>,
    pub(crate) requests: AtomicU64,
    pub(crate) throttled: AtomicU64,
    answers: AtomicU64,
    faults: Faults,
    /// The time from one event of a session to the next; `None`: all are there from the start.
    growth: Option<Duration>,
    started: Instant,
    /// Ids of the contacts; each has the next few of the sessions.
    pub(crate) contacts: Vec<String>,
}

/// How many sessions a contact has.
const SESSIONS_OF_A_CONTACT: usize = 3;

impl Service {
    /// `own`: events that were given, in place of made-up ones.
    pub(crate) fn new(settings: &EmulatorBuilder, own: Option<Vec<OwnSession>>) -> Self {
        let made = |number| Identity::new(settings.seed, number, settings.form);
        let made = |number| SessionInfo::new(&made(number), settings.events);
        let given = |session: &OwnSession| {
            let medium = if session.is_app {
                Medium::App
            } else {
                Medium::Web
            };
            let identity = Identity::given(settings.seed, &session.id, medium);
            SessionInfo::new(&identity, session.events.len() as u64)
        };
        let sessions: Vec<_> = match &own {
            None => (0..settings.sessions).map(made).collect(),
            Some(own) => own.iter().map(given).collect(),
        };
        let own = own.unwrap_or_default().into_iter();
        let contacts = 0..sessions.len().div_ceil(SESSIONS_OF_A_CONTACT) as u64;
        let contacts = contacts.map(|number| Rng::of([settings.seed, number, 11]).uuid());
        let contacts = contacts.collect();
        let ids = sessions.iter().map(|session| session.id().to_owned());
        let quota = |requests| {
            let (window, kind) = (settings.quota_window, settings.quota_kind);
            Mutex::new(Quota::new(requests, window, kind))
        };
        Self {
            seed: settings.seed,
            latency: settings.latency,
            tokens: settings.tokens,
            oauth: OAuth::new(settings.seed, settings.token_lifetime),
            quota: settings.quota.map(quota),
            numbers: ids.zip(0..).collect(),
            sessions,
            own: own.map(|session| session.events).collect(),
            form: settings.form,
            recording: Recording::new(),
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            faults: Faults::new(&settings.faults, settings.seed),
            growth: settings.growth,
            started: Instant::now(),
            contacts,
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
        self.admit(headers)?;
        let served = self.session(session).ok_or(Problem::UnknownSession)?;
        let query = Query::parse(query, self.form).map_err(Problem::InvalidValue)?;
        let page = listing(served, &query, self.form).map_err(|BadCursor| Problem::BadCursor)?;
        Ok(json_answer(StatusCode::OK, page))
    }

    /// The answer to a request for a session itself.
    pub(crate) fn about(&self, session: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        self.admit(headers)?;
        let json = self.session_json(session).ok_or(Problem::UnknownSession)?;
        Ok(json_answer(StatusCode::OK, json.to_string()))
    }

    /// The answer to a request for a contact's sessions.
    pub(crate) fn sessions_of(
        &self,
        contact: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admit(headers)?;
        let number = self.contacts.iter().position(|id| id == contact);
        let number = number.ok_or(Problem::UnknownContact)?;
        let query = Query::parse(query, self.form).map_err(Problem::InvalidValue)?;
        let sessions = self.sessions.chunks(SESSIONS_OF_A_CONTACT).nth(number);
        let ids = sessions.unwrap_or_default().iter().map(SessionInfo::id);
        let sessions: Vec<_> = ids.filter_map(|id| self.session_json(id)).collect();
        let key = Rng::of([self.seed, number as u64, 12]).next();
        let path = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
        let page = session_info::listing(&sessions, key, &path, &query);
        let page = page.ok_or(Problem::BadCursor)?;
        Ok(json_answer(StatusCode::OK, page.to_string()))
    }

    fn session_json(&self, id: &str) -> Option<serde_json::Value> {
        let served = self.session(id)?;
        let number = usize::try_from(*self.numbers.get(id)?).ok()?;
        let has_ended = served.count == self.sessions.get(number)?.events();
        Some(session_info::json(served, has_ended))
    }

    /// Checks who asks, and whether they ask too often.
    fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let now = Instant::now();
        let token = oauth::credentials(headers, "bearer").ok_or(Problem::NoToken)?;
        if self.tokens == Tokens::Issued && !self.oauth.knows(token, now) {
            return Err(Problem::BadToken);
        }
        if let Some(quota) = &self.quota {
            let mut quota = quota.lock().unwrap_or_else(PoisonError::into_inner);
            quota.take(token, now).map_err(Problem::OverQuota)?;
        }
        Ok(())
    }

    /// The session as it is by now.
    fn session(&self, id: &str) -> Option<Served> {
        let number = *self.numbers.get(id)?;
        let index = usize::try_from(number).ok()?;
        let info = self.sessions.get(index)?;
        let grown = match self.growth {
            None => info.events(),
            Some(each) => {
                let since = self.started.elapsed().as_millis() / each.as_millis().max(1);
                u64::try_from(since).unwrap_or(u64::MAX).saturating_add(1)
            }
        };
        let count = grown.min(info.events());
        let (identity, events) = if let Some(own) = self.own.get(index) {
            let identity = Identity::given(self.seed, id, info.medium());
            (identity, Events::Own(Arc::clone(own)))
        } else {
            let identity = Identity::new(self.seed, number, self.form);
            let events = Events::made(&identity);
            (identity, events)
        };
        Some(Served {
            identity,
            events,
            count,
        })
    }
}
