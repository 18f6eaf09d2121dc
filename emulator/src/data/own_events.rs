//! Events that a user brings along, in place of made-up ones.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;

use crate::data::date::Date;
use crate::error::StartError;

/// An event as it was given.
#[derive(Debug)]
pub(crate) struct OwnEvent {
    pub(crate) json: String,
    pub(crate) event_type: String,
    /// Its `createdDate`, if that is a date.
    pub(crate) created: Option<Date>,
}

/// A session that was given.
#[derive(Debug)]
pub(crate) struct OwnSession {
    pub(crate) id: String,
    pub(crate) is_app: bool,
    /// Of its first event.
    pub(crate) customer_id: Option<String>,
    pub(crate) events: Vec<OwnEvent>,
}

/// What is read of an event. All else is passed over unread: it may be JSON that no value here can
/// hold, such as `1e999` or half of a surrogate pair.
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

/// Reads a line an event; sessions come in the order of their first events.
pub(crate) fn sessions(ndjson: &str) -> Result<Vec<OwnSession>, StartError> {
    let mut numbers = HashMap::new();
    let mut sessions: Vec<OwnSession> = Vec::new();
    let ndjson = ndjson.strip_prefix('\u{feff}').unwrap_or(ndjson);
    for (number, line) in (1..).zip(ndjson.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (event, session) = read(line).map_err(|wrong| {
            let allowed = "a JSON object a line, with eventType and session.id";
            StartError::setting("own_events", format!("line {number}, {wrong}"), allowed)
        })?;
        let index = *numbers.entry(session.id.clone()).or_insert_with(|| {
            sessions.push(session);
            sessions.len() - 1
        });
        if let Some(session) = sessions.get_mut(index) {
            session.events.push(event);
        }
    }
    if sessions.is_empty() {
        let given = "empty".to_owned();
        return Err(StartError::setting(
            "own_events",
            given,
            "at least one event",
        ));
    }
    Ok(sessions)
}

/// An event, and the session that it is the first of, unless there is one already; or what is wrong.
fn read(line: &str) -> Result<(OwnEvent, OwnSession), String> {
    let event: Line = object(line).map_err(|error| {
        // Its line is always 1.
        let (said, column) = (error.to_string(), error.column());
        let said = said.split(" at line 1 ").next().unwrap_or_default();
        format!("which can't be read: {said}, at column {column}")
    })?;
    let event_type = text(event.event_type).ok_or("which has no eventType")?;
    let session: Option<LineSession> = event.session.and_then(|json| object(json.get()).ok());
    let id = session.as_ref().and_then(|session| text(session.id));
    let id = id.filter(|id| !id.is_empty());
    let id = id.ok_or("which has no session.id")?;
    if id == "." || id == ".." || id.contains(char::is_control) {
        return Err(format!("whose session.id {id:?} can't be in a path"));
    }
    let session_type = session.and_then(|session| text(session.session_type));
    let session = OwnSession {
        id,
        is_app: session_type.as_deref() == Some("app"),
        customer_id: text(event.customer_id).filter(|id| !id.is_empty()),
        events: Vec::new(),
    };
    let event = OwnEvent {
        json: line.to_owned(),
        event_type,
        created: text(event.created_date).and_then(Date::read),
    };
    Ok((event, session))
}

/// Reads an object; what `derive` makes would take an array too.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    if json.starts_with('[') {
        return Err(serde_json::Error::custom("an array is no object"));
    }
    serde_json::from_str(json)
}

fn text(json: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(json?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::{OwnSession, sessions};

    #[test]
    fn events_are_kept_as_they_are_in_their_sessions() {
        let given = "{\"eventType\":\"a\",\"session\":{\"id\":\"1\",\"type\":\"app\"}, \"n\":1.50}\n\n\
                     {\"eventType\":\"b\",\"session\":{\"id\":\"2\"},\"customerId\":\"x\"}\r\n\
                     {\"eventType\":\"c\",\"session\":{\"id\":\"1\"},\"customerId\":\"x\"}";
        let sessions = sessions(given).unwrap();
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
    fn any_json_will_do_beside_what_is_read() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for value in [r#""\ud800""#, "1e999", &deep] {
            let given = format!(
                "\u{feff}{{\"eventType\":\"a\",\"session\":{{\"id\":\"1\",\"more\":{value}}},\"more\":{value},\
                 \"createdDate\":{value},\"customerId\":{value}}}"
            );
            let sessions = sessions(&given).unwrap();
            let event = &sessions[0].events[0];
            assert_eq!(event.json, given.trim_start_matches('\u{feff}'));
            assert_eq!((&event.created, &sessions[0].customer_id), (&None, &None));
        }
    }

    #[test]
    fn a_line_that_is_no_event_is_named() {
        for (given, told) in [
            ("", "own_events was empty;"),
            ("[]", "line 1, which can't be read: an array is no object"),
            (
                "{\"a\":1,}",
                "line 1, which can't be read: trailing comma, at column 8;",
            ),
            ("{}", "line 1, which has no eventType;"),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"1\"}}\n{\"eventType\":\"a\"}",
                "line 2, which has no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":[\"1\",\"app\"]}",
                "line 1, which has no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"\"}}",
                "line 1, which has no session.id;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"..\"}}",
                "line 1, whose session.id \"..\" can't be in a path;",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\".\"}}",
                "line 1, whose session.id \".\" can't be in a path;",
            ),
            (
                "\n{\"eventType\":\"a\",\"session\":{\"id\":\"a\\u0007\"}}",
                "line 2, whose session.id \"a\\u{7}\" can't be in a path;",
            ),
        ] {
            let error = sessions(given).err().unwrap().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
