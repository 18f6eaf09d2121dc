//! The routes that control the emulator.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::query;
use super::response;
use super::route::Control;
use crate::data::{Given, NewEvents, NewSessions, SessionInfo, given};
use crate::error::ChangeError;
use crate::fault::Fault;
use crate::settings::Ending;
use crate::state::{Part, State};

/// Describes every route, those here included.
const DESCRIPTION: &str = include_str!("openapi.json");

/// Returns the response to a request with this id in its path.
pub(crate) fn respond(
    state: &State,
    control: Control,
    id: &str,
    body: &[u8],
) -> Result<Response, Problem> {
    let json = match control {
        Control::Health => health(state),
        Control::Description => description(state),
        Control::Recorded => return Ok(response::json(StatusCode::OK, state.recording.to_json())),
        Control::Forget => {
            state.forget_recorded();
            return Ok(response::empty(StatusCode::NO_CONTENT));
        }
        Control::Sessions => sessions(state),
        Control::AddSessions => {
            let added = add_sessions(state, body)?;
            return Ok(response::json(StatusCode::CREATED, added.to_string()));
        }
        Control::Append => append(state, id, body)?,
        Control::End => {
            let Nothing {} = parse(body)?;
            state.end_session(id)?;
            current(state, id)
        }
        Control::Clients => clients(state),
        Control::ExpireTokens => {
            let Nothing {} = parse(body)?;
            json!({ "expired": state.expire_tokens() })
        }
        Control::Faults => faults(state),
        Control::SetFaults => {
            state.faults.set(&parse_faults(body)?)?;
            faults(state)
        }
        Control::AddFaults => {
            state.faults.add(&parse_faults(body)?)?;
            faults(state)
        }
        Control::ClearFaults => {
            state.faults.set(&[])?;
            return Ok(response::empty(StatusCode::NO_CONTENT));
        }
        Control::Quota => quota(state),
        Control::Reset => {
            reset(state, body)?;
            return Ok(response::empty(StatusCode::NO_CONTENT));
        }
    };
    Ok(response::json(StatusCode::OK, json.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddSessions<'a> {
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    count: Option<u64>,
    contact_id: Option<String>,
    #[serde(default)]
    ended: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Append<'a> {
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    position: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFaults {
    faults: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    parts: Option<Vec<String>>,
}

/// Parses a body; an empty one is an empty object.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ChangeError> {
    let body = body.trim_ascii();
    let body = if body.is_empty() { b"{}" } else { body };
    if !body.starts_with(b"{") {
        return Err(ChangeError::invalid(
            "invalid body: must be a JSON object".to_owned(),
        ));
    }
    serde_json::from_slice(body)
        .map_err(|error| ChangeError::invalid(format!("invalid body: {error}")))
}

/// Without the parameters that the form doesn't know.
fn description(state: &State) -> Value {
    let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap_or_default();
    let paths = description.get_mut("paths").and_then(Value::as_object_mut);
    let methods = paths.into_iter().flat_map(Map::values_mut);
    let operations = methods
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| {
                let name = parameter.get("name").and_then(Value::as_str);
                name.is_none_or(|name| query::is_known(state.settings.form, name))
            });
        }
    }
    description
}

fn health(state: &State) -> Value {
    json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeMs": u64::try_from(state.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "sessions": state.world().sessions.len(),
    })
}

/// All sessions by contact, and the conversations.
fn sessions(state: &State) -> Value {
    let world = state.world();
    let session = |number: &usize| {
        let info = world.sessions.info(*number)?;
        let (count, has_ended) = world.sessions.progress(*number)?;
        Some(json!({
            "id": info.id(),
            "type": info.session_type(),
            "eventCount": count,
            "ended": has_ended,
        }))
    };
    let contact = |(number, id): (usize, _)| {
        let merged = world.contacts.merged_with(number);
        let merged = merged.and_then(|other| world.contacts.ids.get(other));
        let sessions = world.contacts.sessions(number).iter();
        let sessions: Vec<_> = sessions.filter_map(session).collect();
        json!({ "id": id, "mergedWith": merged, "sessions": sessions })
    };
    let contacts: Vec<_> = world.contacts.ids.iter().enumerate().map(contact).collect();
    let conversations = world.conversations.all.iter().map(|one| &one.id);
    let conversations: Vec<_> = conversations.collect();
    json!({ "contacts": contacts, "conversations": conversations })
}

fn clients(state: &State) -> Value {
    let clients = state.admission.tokens.clients.iter();
    let clients =
        clients.map(|client| json!({ "clientId": client.id(), "clientSecret": client.secret() }));
    json!({ "clients": clients.collect::<Vec<_>>() })
}

fn add_sessions(state: &State, body: &[u8]) -> Result<Value, ChangeError> {
    let body: AddSessions<'_> = parse(body)?;
    let events = body.events.map_or(Ok(Given::Generated(None)), given)?;
    if let (Given::Own(_), Some(_)) = (&events, body.count) {
        return Err(ChangeError::invalid(
            "count is of generated sessions: your own events name theirs".to_owned(),
        ));
    }
    let added = state.add_sessions(&NewSessions {
        events,
        count: body.count.unwrap_or(1),
        contact: body.contact_id,
        ending: if body.ended {
            Ending::Ended
        } else {
            Ending::Open
        },
    })?;
    let session = |info: &SessionInfo| json!({ "id": info.id(), "type": info.session_type(), "events": info.events() });
    Ok(json!({
        "sessions": added.sessions.iter().map(session).collect::<Vec<_>>(),
        "contacts": added.contacts,
        "conversations": added.conversations,
    }))
}

fn append(state: &State, id: &str, body: &[u8]) -> Result<Value, ChangeError> {
    let Append { events, position } = parse(body)?;
    let events = events.map_or(Ok(Given::Generated(None)), given)?;
    state.append_events(id, &NewEvents { events, position })?;
    Ok(current(state, id))
}

/// A session as it is now.
fn current(state: &State, id: &str) -> Value {
    let sessions = &state.world().sessions;
    let progress = sessions
        .number(id)
        .and_then(|number| sessions.progress(number));
    let (count, has_ended) = progress.unwrap_or_default();
    json!({ "id": id, "eventCount": count, "ended": has_ended })
}

fn parse_faults(body: &[u8]) -> Result<Vec<Fault>, ChangeError> {
    let SetFaults { faults } = parse(body)?;
    let parsed = faults.iter().map(|text| text.parse::<Fault>());
    let parsed: Result<_, _> = parsed.collect();
    parsed.map_err(|error| ChangeError::invalid(error.to_string()))
}

fn faults(state: &State) -> Value {
    let faults = state.faults.all();
    let faults = faults.iter().map(|counted| {
        json!({
            "fault": counted.fault.to_string(),
            "seen": counted.seen,
            "applied": counted.applied,
        })
    });
    json!({ "faults": faults.collect::<Vec<_>>() })
}

fn quota(state: &State) -> Value {
    let report = state.quota_report();
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let clients = report.clients.iter().map(|client| {
        let windows = client.windows.iter().map(|window| {
            json!({
                "atMs": millis(window.at),
                "admitted": window.admitted,
                "refused": window.refused,
                "replaced": window.replaced,
            })
        });
        json!({
            "client": client.client,
            "most": client.most,
            "windows": windows.collect::<Vec<_>>(),
        })
    });
    json!({
        "requests": report.requests,
        "windowMs": millis(report.window),
        "clients": clients.collect::<Vec<_>>(),
    })
}

fn reset(state: &State, body: &[u8]) -> Result<(), ChangeError> {
    let Reset { parts } = parse(body)?;
    let parts = match parts {
        None => Part::ALL.to_vec(),
        Some(names) => {
            let parts: Result<Vec<Part>, _> = names.iter().map(|name| name.parse()).collect();
            parts?
        }
    };
    state.reset(&parts);
    Ok(())
}
