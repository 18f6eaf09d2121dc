//! Finds an event's body.

/// Returns the name of the member that holds the body of events of this type: the last segment of the
/// type, in camel case. `None` if that is empty.
///
/// ```
/// use journey_events_dataset::format::event_body;
///
/// let name = event_body::name("com.genesys.journey.WebEvent");
/// assert_eq!(name.as_deref(), Some("webEvent"));
/// ```
#[must_use]
pub fn name(event_type: &str) -> Option<String> {
    let mut letters = event_type.rsplit('.').next()?.chars();
    let first = letters.next()?.to_ascii_lowercase();
    Some(format!("{first}{}", letters.as_str()))
}
