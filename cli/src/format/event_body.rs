//! Where an event has its body.

use serde_json::Value;

/// The body: the member that is named as the last part of the type, in camel case.
pub(crate) fn of<'a>(event: &'a Value, event_type: &str) -> Option<&'a Value> {
    let mut letters = event_type.rsplit('.').next()?.chars();
    let first = letters.next()?.to_ascii_lowercase();
    event.get(format!("{first}{}", letters.as_str()))
}
