//! Events that a user brings along, in place of made-up ones.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::error::StartError;

/// An event as it was given.
#[derive(Debug)]
pub(crate) struct OwnEvent {
    pub(crate) json: String,
    pub(crate) event_type: String,
}

/// A session that was given.
#[derive(Debug)]
pub(crate) struct OwnSession {
    pub(crate) id: String,
    pub(crate) is_app: bool,
    pub(crate) events: Arc<[OwnEvent]>,
}

/// Reads a line an event; sessions come in the order of their first events.
pub(crate) fn sessions(ndjson: &str) -> Result<Vec<OwnSession>, StartError> {
    let mut numbers = HashMap::new();
    let mut sessions: Vec<(String, bool, Vec<OwnEvent>)> = Vec::new();
    for (number, line) in (1..).zip(ndjson.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let wrong = |what: &str| {
            let allowed = "a JSON object a line, with eventType and session.id";
            StartError::setting("own_events", format!("line {number}, {what}"), allowed)
        };
        let event: Value = serde_json::from_str(line).map_err(|_| wrong("which is no JSON"))?;
        let text = |pointer| event.pointer(pointer).and_then(Value::as_str);
        let event_type = text("/eventType").ok_or_else(|| wrong("which has no eventType"))?;
        let id = text("/session/id").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| wrong("which has no session.id"))?;
        let index = *numbers.entry(id.to_owned()).or_insert_with(|| {
            let is_app = text("/session/type") == Some("app");
            sessions.push((id.to_owned(), is_app, Vec::new()));
            sessions.len() - 1
        });
        if let Some((_, _, events)) = sessions.get_mut(index) {
            events.push(OwnEvent {
                json: line.to_owned(),
                event_type: event_type.to_owned(),
            });
        }
    }
    if sessions.is_empty() {
        let allowed = "at least one event";
        return Err(StartError::setting(
            "own_events",
            "empty".to_owned(),
            allowed,
        ));
    }
    let session = |(id, is_app, events): (String, bool, Vec<OwnEvent>)| OwnSession {
        id,
        is_app,
        events: events.into(),
    };
    Ok(sessions.into_iter().map(session).collect())
}

#[cfg(test)]
mod tests {
    use super::sessions;

    #[test]
    fn events_are_kept_as_they_are_in_their_sessions() {
        let given = "{\"eventType\":\"a\",\"session\":{\"id\":\"1\",\"type\":\"app\"}, \"n\":1e999}\n\n\
                     {\"eventType\":\"b\",\"session\":{\"id\":\"2\"}}\r\n\
                     {\"eventType\":\"c\",\"session\":{\"id\":\"1\"}}";
        let error = sessions(given).unwrap_err().to_string();
        assert!(
            error.starts_with("own_events was line 1, which is no JSON; allowed is a JSON object")
        );
        let sessions = sessions(&given.replace("1e999", "1.50")).unwrap();
        let read: Vec<_> = sessions
            .iter()
            .map(|one| {
                let events = one.events.iter();
                (
                    one.id.as_str(),
                    one.is_app,
                    events
                        .map(|event| event.event_type.as_str())
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(read, [("1", true, vec!["a", "c"]), ("2", false, vec!["b"])]);
        assert!(sessions[0].events[0].json.contains("\"n\":1.50"));
    }

    #[test]
    fn a_line_that_is_no_event_is_named() {
        for (given, told) in [
            ("", "own_events was empty"),
            ("[]", "line 1, which has no eventType"),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"1\"}}\n{\"eventType\":\"a\"}",
                "line 2, which has no session.id",
            ),
            (
                "{\"eventType\":\"a\",\"session\":{\"id\":\"\"}}",
                "line 1, which has no session.id",
            ),
        ] {
            let error = sessions(given).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
