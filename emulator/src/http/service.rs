//! The emulated service: its responses to requests, right or with a fault.

use std::sync::atomic::Ordering;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use headers::HeaderMapExt as _;
use headers::authorization::{Authorization, Bearer};

use super::conversation_query::ConversationQuery;
use super::conversations;
use super::oauth;
use super::pages;
use super::problem::{Problem, json_response};
use super::query::Query;
use super::route::Call;
use crate::data::{EventPage, PageRequest, SessionPage, page_number};
use crate::fault::{self, Content, Endpoint, Fault, Kind, Target};
use crate::paths;
use crate::state::State;

/// A request to the service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) call: Call,
    /// In the path: of a session, a contact or a conversation.
    pub(crate) id: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Returns the response with its correlation id, and the fault that it has.
pub(crate) fn respond(
    state: &State,
    received: Received<'_>,
    correlation_id: &str,
) -> (Response, Option<Fault>) {
    let mut fault = next_fault(state, received);
    let is_api = received.call != Call::Token;
    if is_api {
        state.counts.requests.fetch_add(1, Ordering::Relaxed);
    }
    let response = answer(state, received, fault.as_ref());
    if response.is_err()
        && let Some(unused) = fault.take_if(|fault| fault.kind.is_edit())
    {
        state.faults.give_back(&unused);
    }
    let mut response = match response {
        Ok(json) => json_response(StatusCode::OK, json),
        Err(problem) => problem.response(correlation_id),
    };
    if matches!(&fault, Some(fault) if fault.kind == Kind::Content(Content::ErrorBody)) {
        *response.status_mut() = StatusCode::OK;
    }
    if is_api && response.status() == StatusCode::TOO_MANY_REQUESTS {
        state.counts.throttled.fetch_add(1, Ordering::Relaxed);
    }
    (response, fault)
}

fn next_fault(state: &State, received: Received<'_>) -> Option<Fault> {
    // Finding out the page takes time.
    if state.faults.is_empty() {
        return None;
    }
    let mut target = Target {
        endpoint: received.call.endpoint(),
        session: None,
        page: None,
        has_cursor: false,
    };
    let query = Query::parse(received.query, state.settings.form).unwrap_or_default();
    let cursor = query.cursor().map(|(_, cursor)| cursor);
    match received.call {
        Call::Events => {
            let key = state.world().sessions.key(received.id);
            target.session = Some(received.id);
            target.page = Some(key.map_or(1, |key| page_number(key, cursor)));
            target.has_cursor = cursor.is_some();
        }
        Call::Session => target.session = Some(received.id),
        Call::ContactSessions => {
            let world = state.world();
            let merged = query.merged().unwrap_or_default();
            let contact = world.contacts.number(received.id);
            let key = contact.map(|contact| world.contacts.list(contact, merged).key);
            target.page = Some(key.map_or(1, |key| page_number(key, query.after.as_deref())));
            target.has_cursor = query.after.is_some();
        }
        Call::Conversations => {
            let query = ConversationQuery::parse(received.body);
            target.page = Some(query.map_or(1, |query| query.page_number()));
        }
        Call::Conversation | Call::Token => (),
    }
    state.faults.next(&target)
}

fn answer(state: &State, received: Received<'_>, fault: Option<&Fault>) -> Result<String, Problem> {
    let endpoint = received.call.endpoint();
    let kind = fault.map(|fault| fault.kind);
    let replaced = fault.and_then(|fault| instead(fault, endpoint));
    if endpoint != Endpoint::Token {
        let bearer = received.headers.typed_get::<Authorization<Bearer>>();
        let token = bearer.as_ref().map(|bearer| bearer.token().trim());
        if replaced.is_some() {
            state.admission.note(token);
        } else {
            state.admission.check(token)?;
        }
    }
    if let Some(problem) = replaced {
        return Err(problem);
    }
    // In the service's order: the token, the quota, then the id and the parameters.
    let json = match received.call {
        Call::Events => events(state, received, kind),
        Call::Session => session(state, received),
        Call::ContactSessions => contact_sessions(state, received, kind),
        Call::Conversation => conversation(state, received),
        Call::Conversations => query_conversations(state, received),
        Call::Token => oauth::token(&state.admission.tokens, received.headers, received.body),
    }?;
    Ok(match kind {
        Some(Kind::Content(content)) => fault::edit(content, endpoint, json),
        _ => json,
    })
}

/// What a fault responds instead of what was requested; `None` if it only changes that.
fn instead(fault: &Fault, endpoint: Endpoint) -> Option<Problem> {
    let failed = |status, retry_after| Problem::Fault {
        endpoint,
        status,
        retry_after,
    };
    match fault.kind {
        Kind::Status(status) => Some(failed(status, fault.retry_after)),
        Kind::Content(Content::ErrorBody) => Some(failed(500, None)),
        Kind::RefusedCursor => Some(Problem::InvalidCursor),
        _ => None,
    }
}

fn events(state: &State, received: Received<'_>, kind: Option<Kind>) -> Result<String, Problem> {
    let session = state.world().sessions.request(received.id);
    let session = session.ok_or(Problem::NotFound)?;
    let query = Query::parse(received.query, state.settings.form)?;
    let query = Query {
        include_merged: None,
        ..query
    };
    let mut page = EventPage::open(session, &requested(&query, kind))?;
    let next = match kind {
        Some(Kind::CursorLoop) => Some(page.own_cursor()),
        _ => page.next_cursor(),
    };
    Ok(pages::events(
        page,
        next.as_deref(),
        &query,
        state.settings.form,
    ))
}

/// An empty page is one of no items: the cursor after it leads to those that it should have had.
fn requested(query: &Query, kind: Option<Kind>) -> PageRequest<'_> {
    let page = query.page();
    match kind {
        Some(Kind::EmptyPage) => PageRequest { size: 0, ..page },
        _ => page,
    }
}

fn session(state: &State, received: Received<'_>) -> Result<String, Problem> {
    let session = state.world().sessions.request(received.id);
    let session = session.ok_or(Problem::NotFound)?;
    Ok(pages::session(session).to_string())
}

fn contact_sessions(
    state: &State,
    received: Received<'_>,
    kind: Option<Kind>,
) -> Result<String, Problem> {
    let world = state.world();
    let contact = world.contacts.number(received.id);
    let contact = contact.ok_or(Problem::NotFound)?;
    let query = Query::parse(received.query, state.settings.form)?;
    // This endpoint has neither.
    let query = Query {
        before: None,
        filter: None,
        ..query
    };
    let listed = world.contacts.list(contact, query.merged()?);
    let page = SessionPage::open(&listed.sessions, listed.key, &requested(&query, kind))?;
    let next = match kind {
        Some(Kind::CursorLoop) => Some(&page.own_cursor),
        _ => page.next_cursor.as_ref(),
    };
    let path = paths::contact_sessions(received.id);
    let session = |number: &usize| world.sessions.get(*number).map(pages::session);
    let json = pages::sessions(&page, next.map(String::as_str), &path, &query, session);
    Ok(json.to_string())
}

fn conversation(state: &State, received: Received<'_>) -> Result<String, Problem> {
    let world = state.world();
    let conversation = world.conversations.get(received.id);
    let conversation = conversation.ok_or(Problem::NotFound)?;
    let json = conversations::conversation(conversation, &world.contacts, &world.sessions);
    Ok(json.to_string())
}

fn query_conversations(state: &State, received: Received<'_>) -> Result<String, Problem> {
    let query = ConversationQuery::parse(received.body)?;
    let (skipped, size) = (query.skipped, query.page_size);
    let world = state.world();
    let page = world
        .conversations
        .page(&query.interval, query.order, skipped, size);
    Ok(conversations::page(&page, &world.contacts, &world.sessions).to_string())
}
