//! The emulated service: the state that requests share, and its responses.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::conversation_query::ConversationQuery;
use super::conversations;
use super::oauth;
use super::pages;
use super::problem::{Problem, json_response};
use super::query::Query;
use crate::admission::Admission;
use crate::data::{Contacts, Conversations, EventPage, SessionPage, Sessions, own_sessions};
use crate::error::StartError;
use crate::fault::{Fault, Schedule};
use crate::form::Form;
use crate::paths;
use crate::recording::Recording;
use crate::rng::Rng;
use crate::settings::Settings;

#[derive(Debug)]
pub(crate) struct Service {
    seed: u64,
    form: Form,
    pub(crate) latency: Duration,
    pub(crate) admission: Admission,
    pub(crate) sessions: Sessions,
    pub(crate) contacts: Contacts,
    pub(crate) conversations: Conversations,
    faults: Schedule,
    pub(crate) recording: Recording,
    pub(crate) requests: AtomicU64,
    pub(crate) throttled: AtomicU64,
    responses: AtomicU64,
}

impl Service {
    pub(crate) fn new(settings: &Settings) -> Result<Self, StartError> {
        let seed = settings.seed;
        let (contacts, sessions) = match &settings.own_events {
            None => {
                let sessions = Sessions::generated(settings);
                (Contacts::generated(seed, sessions.infos.len()), sessions)
            }
            Some(ndjson) => {
                let own = own_sessions(ndjson)?;
                (Contacts::own(seed, &own), Sessions::own(settings, own))
            }
        };
        Ok(Self {
            seed,
            form: settings.form,
            latency: settings.latency,
            admission: Admission::new(settings),
            conversations: Conversations::generated(seed, &contacts, &sessions),
            sessions,
            contacts,
            faults: Schedule::new(&settings.faults, seed),
            recording: Recording::new(),
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            responses: AtomicU64::new(0),
        })
    }

    /// Counts a request under `/api/` and returns its fault, if any.
    pub(crate) fn next_fault(&self) -> Option<Fault> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.faults.next()
    }

    pub(crate) fn forget_recorded(&self) {
        self.recording.clear();
        self.faults.restart();
    }

    /// Returns a new correlation id.
    pub(crate) fn correlation_id(&self) -> String {
        let number = self.responses.fetch_add(1, Ordering::Relaxed);
        Rng::of([self.seed, number, 7]).uuid()
    }

    /// Returns a page of a session's events.
    ///
    /// Checks in the service's order: the token, the quota, then the session and the parameters.
    pub(crate) fn events(
        &self,
        session: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admit(headers)?;
        let session = self.sessions.request(session).ok_or(Problem::NotFound)?;
        let query = Query::parse(query, self.form)?;
        let page = EventPage::open(session, &query.page())?;
        let json = pages::events(page, &query, self.form);
        Ok(json_response(StatusCode::OK, json))
    }

    /// Returns a session.
    pub(crate) fn session(&self, id: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        self.admit(headers)?;
        let session = self.sessions.request(id).ok_or(Problem::NotFound)?;
        let json = pages::session(session);
        Ok(json_response(StatusCode::OK, json.to_string()))
    }

    /// Returns a page of a contact's sessions.
    pub(crate) fn contact_sessions(
        &self,
        contact: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admit(headers)?;
        let (key, numbers) = self.contacts.get(contact).ok_or(Problem::NotFound)?;
        let query = Query::parse(query, self.form)?;
        // This endpoint has neither.
        let query = Query {
            before: None,
            filter: None,
            ..query
        };
        let page = SessionPage::open(numbers, key, &query.page())?;
        let path = paths::contact_sessions(contact);
        let session = |number: &usize| self.sessions.get(*number).map(pages::session);
        let json = pages::sessions(&page, &path, &query, session);
        Ok(json_response(StatusCode::OK, json.to_string()))
    }

    /// Returns a conversation.
    pub(crate) fn conversation(&self, id: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        self.admit(headers)?;
        let conversation = self.conversations.get(id).ok_or(Problem::NotFound)?;
        let json = conversations::conversation(conversation, &self.contacts, &self.sessions);
        Ok(json_response(StatusCode::OK, json.to_string()))
    }

    /// Returns a page of the conversations that a query is for.
    pub(crate) fn conversations(
        &self,
        query: &[u8],
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        self.admit(headers)?;
        let query = ConversationQuery::parse(query)?;
        let (skipped, size) = (query.skipped, query.page_size);
        let page = self
            .conversations
            .page(&query.interval, query.order, skipped, size);
        let json = conversations::page(&page, &self.contacts, &self.sessions);
        Ok(json_response(StatusCode::OK, json.to_string()))
    }

    /// Returns a token, or an OAuth error.
    pub(crate) fn token(&self, headers: &HeaderMap, form: &[u8]) -> Response {
        let (status, body) = oauth::token(&self.admission.tokens, headers, form);
        json_response(status, body.to_string())
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let token = oauth::credentials(headers, "bearer");
        Ok(self.admission.check(token)?)
    }
}
