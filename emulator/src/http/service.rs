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
use super::problem::Problem;
use super::query::{InvalidValue, Query};
use super::response;
use super::route::Call;
use crate::data::{EventPage, Merged, PageRequest, SessionPage, page_number};
use crate::fault::{self, Endpoint, Fault, Kind, Target};
use crate::form::Form;
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

/// What is requested. Its parameters may be invalid, which matters once the request is admitted.
#[derive(Debug)]
enum Operation {
    Events(Result<Query, InvalidValue>),
    Session,
    ContactSessions(Result<(Query, Merged), InvalidValue>),
    Conversation,
    Conversations(Result<ConversationQuery, InvalidValue>),
    Token,
}

impl Operation {
    fn parse(received: &Received<'_>, form: Form) -> Self {
        let query = || Query::parse(received.query, form);
        match received.call {
            // Each without the parameters that it doesn't have.
            Call::Events => Self::Events(query().map(|query| Query {
                include_merged: None,
                ..query
            })),
            Call::ContactSessions => Self::ContactSessions(query().and_then(|query| {
                let merged = query.merged()?;
                let query = Query {
                    before: None,
                    filter: None,
                    ..query
                };
                Ok((query, merged))
            })),
            Call::Conversations => Self::Conversations(ConversationQuery::parse(received.body)),
            Call::Session => Self::Session,
            Call::Conversation => Self::Conversation,
            Call::Token => Self::Token,
        }
    }
}

/// Returns the response with its correlation id, and the fault that it has.
pub(crate) fn respond(
    state: &State,
    received: Received<'_>,
    correlation_id: &str,
) -> (Response, Option<Fault>) {
    let operation = Operation::parse(&received, state.settings.form);
    let mut fault = next_fault(state, &received, &operation);
    let is_api = received.call != Call::Token;
    if is_api {
        state.counts.requests.fetch_add(1, Ordering::Relaxed);
    }
    let response = answer(state, &received, operation, fault.as_ref());
    if response.is_err()
        && let Some(unused) = fault.take_if(|fault| fault.kind.is_edit())
    {
        state.faults.give_back(&unused);
    }
    let response = match response {
        Ok(json) => response::json(StatusCode::OK, json),
        Err(problem) => problem.response(correlation_id),
    };
    if is_api && response.status() == StatusCode::TOO_MANY_REQUESTS {
        state.counts.throttled.fetch_add(1, Ordering::Relaxed);
    }
    (response, fault)
}

fn next_fault(state: &State, received: &Received<'_>, operation: &Operation) -> Option<Fault> {
    // Finding out the page takes time.
    if state.faults.is_empty() {
        return None;
    }
    let id = received.id;
    let mut target = Target {
        endpoint: received.call.endpoint(),
        session: None,
        page: None,
        has_cursor: false,
    };
    let mut set_page = |key: Option<u64>, query: Option<&Query>| {
        let cursor = query.and_then(Query::cursor).map(|(_, cursor)| cursor);
        target.page = Some(key.map_or(1, |key| page_number(key, cursor)));
        target.has_cursor = cursor.is_some();
    };
    match operation {
        Operation::Events(query) => {
            set_page(state.world().sessions.key(id), query.as_ref().ok());
            target.session = Some(id);
        }
        Operation::Session => target.session = Some(id),
        Operation::ContactSessions(Ok((query, merged))) => {
            let contacts = &state.world().contacts;
            let contact = contacts.number(id);
            let key = contact.map(|contact| contacts.key(contact, *merged));
            set_page(key, Some(query));
        }
        Operation::ContactSessions(Err(_)) => set_page(None, None),
        Operation::Conversations(query) => {
            let page = query.as_ref().map(ConversationQuery::page_number);
            target.page = Some(page.unwrap_or(1));
        }
        Operation::Conversation | Operation::Token => (),
    }
    state.faults.next(&target)
}

fn answer(
    state: &State,
    received: &Received<'_>,
    operation: Operation,
    fault: Option<&Fault>,
) -> Result<String, Problem> {
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
    let id = received.id;
    // In the service's order: the token, the quota, then the id and the parameters.
    let json = match operation {
        Operation::Events(query) => events(state, id, query, kind),
        Operation::Session => session(state, id),
        Operation::ContactSessions(query) => contact_sessions(state, id, query, kind),
        Operation::Conversation => conversation(state, id),
        Operation::Conversations(query) => Ok(conversations(state, &query?)),
        Operation::Token => oauth::token(&state.admission.tokens, received.headers, received.body),
    }?;
    Ok(match kind {
        Some(Kind::Content(content)) => fault::edit(content, endpoint, json),
        _ => json,
    })
}

/// What a fault responds instead of what was requested; `None` if it only changes that.
fn instead(fault: &Fault, endpoint: Endpoint) -> Option<Problem> {
    match fault.kind {
        Kind::Status(status) => Some(Problem::Fault {
            endpoint,
            status,
            retry_after: fault.retry_after,
        }),
        Kind::ErrorBody => Some(Problem::ErrorBody),
        Kind::RefusedCursor => Some(Problem::InvalidCursor),
        _ => None,
    }
}

fn events(
    state: &State,
    id: &str,
    query: Result<Query, InvalidValue>,
    kind: Option<Kind>,
) -> Result<String, Problem> {
    let session = state.world().sessions.request(id);
    let session = session.ok_or(Problem::NotFound)?;
    let query = query?;
    let mut page = EventPage::open(session, &requested(&query, kind))?;
    let next = match kind {
        Some(Kind::CursorLoop) => Some(page.own_cursor()),
        _ => page.next_cursor(),
    };
    let form = state.settings.form;
    Ok(pages::events(page, next.as_deref(), &query, form))
}

/// An empty page is one of no items: the cursor after it leads to those that it should have had.
fn requested(query: &Query, kind: Option<Kind>) -> PageRequest<'_> {
    let page = query.page();
    match kind {
        Some(Kind::EmptyPage) => PageRequest { size: 0, ..page },
        _ => page,
    }
}

fn session(state: &State, id: &str) -> Result<String, Problem> {
    let session = state.world().sessions.request(id);
    let session = session.ok_or(Problem::NotFound)?;
    Ok(pages::session(session).to_string())
}

fn contact_sessions(
    state: &State,
    id: &str,
    query: Result<(Query, Merged), InvalidValue>,
    kind: Option<Kind>,
) -> Result<String, Problem> {
    let world = state.world();
    let contact = world.contacts.number(id).ok_or(Problem::NotFound)?;
    let (query, merged) = query?;
    let listed = world.contacts.list(contact, merged);
    let key = world.contacts.key(contact, merged);
    let page = SessionPage::open(&listed, key, &requested(&query, kind))?;
    let next = match kind {
        Some(Kind::CursorLoop) => Some(&page.own_cursor),
        _ => page.next_cursor.as_ref(),
    };
    let path = paths::contact_sessions(id);
    let session = |number: &usize| world.sessions.get(*number).map(pages::session);
    let json = pages::sessions(&page, next.map(String::as_str), &path, &query, session);
    Ok(json.to_string())
}

fn conversation(state: &State, id: &str) -> Result<String, Problem> {
    let world = state.world();
    let conversation = world.conversations.get(id).ok_or(Problem::NotFound)?;
    let json = conversations::conversation(conversation, &world.contacts, &world.sessions);
    Ok(json.to_string())
}

fn conversations(state: &State, query: &ConversationQuery) -> String {
    let (skipped, size) = (query.skipped, query.page_size);
    let world = state.world();
    let page = world
        .conversations
        .page(&query.interval, query.order, skipped, size);
    conversations::page(&page, &world.contacts, &world.sessions).to_string()
}
