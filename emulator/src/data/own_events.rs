//! A user's own events, parsed from NDJSON.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;

use crate::date;
use crate::settings::MAX_SESSIONS;

#[derive(Debug, Clone)]
pub(crate) struct OwnEvent {
    /// Its text, unchanged.
    pub(crate) json: String,
    pub(crate) event_type: String,
    /// Its `createdDate`, if that is a valid date.
    pub(crate) created: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct OwnSession {
    pub(crate) id: String,
    pub(crate) is_app: bool,
    /// Of its first event.
    pub(crate) customer_id: Option<String>,
    pub(crate) events: Vec<OwnEvent>,
}

/// The members that are read. The rest is skipped unparsed, since it may be JSON that no Rust value
/// holds, such as `1e999` or half of a surrogate pair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    event_type: Option<&'a RawValue>,
    #[serde(borrow)]
    session: Option<&'a RawValue>,
    #[serde(borrow)]
    created_date: Option<&'a RawValue>,
    #[serde(borrow)]
    customer_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct LineSession<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    session_type: Option<&'a RawValue>,
}

/// Parses one event per line; sessions are in the order of their first events.
pub(crate) fn own_sessions(ndjson: &str) -> Result<Vec<OwnSession>, String> {
    let ndjson = ndjson.strip_prefix('\u{feff}').unwrap_or(ndjson);
    let lines = ndjson.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    let events = lines.map(|(index, line)| {
        parse_event(line).map_err(|problem| {
            format!(
                "line {}: {problem}; each line must be a JSON object with eventType and session.id",
                index + 1
            )
        })
    });
    let sessions = by_session(events)?;
    match sessions.len() {
        0 => Err("no events".to_owned()),
        count if count as u64 > MAX_SESSIONS => Err(format!(
            "{count} sessions; at most {MAX_SESSIONS} are allowed"
        )),
        _ => Ok(sessions),
    }
}

/// Parses the events of a JSON array.
pub(crate) fn own_events(array: &[&RawValue]) -> Result<Vec<OwnSession>, String> {
    let events = array.iter().enumerate().map(|(index, event)| {
        parse_event(event.get()).map_err(|problem| {
            format!(
                "events[{index}]: {problem}; each event must be a JSON object with eventType and session.id"
            )
        })
    });
    by_session(events)
}

fn by_session(
    events: impl Iterator<Item = Result<(OwnEvent, OwnSession), String>>,
) -> Result<Vec<OwnSession>, String> {
    let mut numbers = HashMap::new();
    let mut sessions: Vec<OwnSession> = Vec::new();
    for event in events {
        let (event, session) = event?;
        let index = *numbers.entry(session.id.clone()).or_insert_with(|| {
            sessions.push(session);
            sessions.len() - 1
        });
        if let Some(session) = sessions.get_mut(index) {
            session.events.push(event);
        }
    }
    Ok(sessions)
}

/// Returns an event and the session that it starts if it is the session's first, or what is wrong.
pub(super) fn parse_event(json: &str) -> Result<(OwnEvent, OwnSession), String> {
    let event: Line = object(json).map_err(|error| {
        let (text, line, column) = (error.to_string(), error.line(), error.column());
        let text = text
            .split(&format!(" at line {line} "))
            .next()
            .unwrap_or_default()
            .to_owned();
        format!("{text} at column {column}")
    })?;
    let event_type = text(event.event_type).ok_or("no eventType")?;
    let session: Option<LineSession> = event.session.and_then(|json| object(json.get()).ok());
    let id = session.as_ref().and_then(|session| text(session.id));
    let id = id.filter(|id| !id.is_empty()).ok_or("no session.id")?;
    if id == "." || id == ".." || id.contains(char::is_control) {
        return Err(format!("session.id {id:?} can't be in a path"));
    }
    let session_type = session.and_then(|session| text(session.session_type));
    let session = OwnSession {
        id,
        is_app: session_type.as_deref() == Some("app"),
        customer_id: text(event.customer_id).filter(|id| !id.is_empty()),
        events: Vec::new(),
    };
    let event = OwnEvent {
        json: json.to_owned(),
        event_type,
        created: text(event.created_date).and_then(|text| date::parse(&text)),
    };
    Ok((event, session))
}

/// Parses an object; a derived `Deserialize` would accept an array too.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    if json.starts_with('[') {
        return Err(serde_json::Error::custom(
            "expected an object, found an array",
        ));
    }
    serde_json::from_str(json)
}

fn text(json: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(json?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::{OwnSession, own_sessions};

    #[test]
    fn events_are_kept_unchanged_in_their_sessions() {
        let ndjson = "{\"eventType\":\"a\",\"session\":{\"id\":\"1\",\"type\":\"app\"}, \"n\":1.50}\n\n\
                     {\"eventType\":\"b\",\"session\":{\"id\":\"2\"},\"customerId\":\"x\"}\r\n\
                     {\"eventType\":\"c\",\"session\":{\"id\":\"1\"},\"customerId\":\"x\"}";
        let sessions = own_sessions(ndjson).unwrap();
        let types = |session: &OwnSession| -> Vec<String> {
            let events = session.events.iter();
            events.map(|event| event.event_type.clone()).collect()
        };
        let [one, two] = sessions.as_slice() else {
            panic!("two sessions")
        };
        assert_eq!(
            (one.id.as_str(), one.is_app, types(one)),
            ("1", true, vec!["a".into(), "c".into()])
        );
        assert_eq!(
            (two.id.as_str(), two.is_app, types(two)),
            ("2", false, vec!["b".into()])
        );
        assert_eq!(
            (one.customer_id.as_deref(), two.customer_id.as_deref()),
            (None, Some("x"))
        );
        assert!(one.events[0].json.contains(", \"n\":1.50"));
    }

    #[test]
    fn members_that_are_not_read_may_be_any_json() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for value in [r#""\ud800""#, "1e999", &deep] {
            let ndjson = format!(
                "\u{feff}{{\"eventType\":\"a\",\"session\":{{\"id\":\"1\",\"more\":{value}}},\"more\":{value},\
                 \"createdDate\":{value},\"customerId\":{value}}}"
            );
            let sessions = own_sessions(&ndjson).unwrap();
            let event = &sessions[0].events[0];
            assert_eq!(event.json, ndjson.trim_start_matches('\u{feff}'));
            assert_eq!((&event.created, &sessions[0].customer_id), (&None, &None));
        }
    }

    #[test]
    fn an_invalid_line_is_an_error_with_its_number() {
        for (ndjson, message) in [
            ("", "no events"),
            ("[]", "line 1: expected an object, found an array"),
            ("{\"a\":1,}", "line 1: trailing comma at column 8;"),
            ("{}", "line 1: no eventType;"),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"1\"}}\n{\"eventType\":\"a\"}",
                "line 2: no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":[\"1\",\"app\"]}",
                "line 1: no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"\"}}",
                "line 1: no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"..\"}}",
                "line 1: session.id \"..\" can't be in a path;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\".\"}}",
                "line 1: session.id \".\" can't be in a path;",
            ),
            (
                "\n{\"eventType\":\"a\",\"session\":{\"id\":\"a\\u0007\"}}",
                "line 2: session.id \"a\\u{7}\" can't be in a path;",
            ),
        ] {
            let error = own_sessions(ndjson).err().unwrap();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
