//! What a row is made of.

use jiff::Timestamp;

/// An event to write, and what isn't in its JSON.
///
/// ```
/// use journey_events::Event;
/// use journey_events_dataset::format::Row;
///
/// fn row<'a>(session: &'a str, event: &'a Event) -> Row<'a> {
///     Row { session, synced_at: None, json: event.json() }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'a> {
    /// The id of the session that the event was read from: the value of `session_id` for an event that
    /// doesn't have one itself. Empty if it isn't known.
    pub session: &'a str,
    /// When the event was fetched; `None` leaves `synced_at` empty.
    pub synced_at: Option<Timestamp>,
    /// The event's JSON, as sent. NDJSON has it unchanged; in text that isn't a JSON object, no other
    /// format finds a value.
    pub json: &'a str,
}
