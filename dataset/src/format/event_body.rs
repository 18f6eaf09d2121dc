//! Finds an event's body.

use serde_json::Value;

/// Returns the body: the member named like the last segment of the event type, in camel case.
#[must_use]
pub fn of<'a>(event: &'a Value, event_type: &str) -> Option<&'a Value> {
    let mut letters = event_type.rsplit('.').next()?.chars();
    let first = letters.next()?.to_ascii_lowercase();
    event.get(format!("{first}{}", letters.as_str()))
}
