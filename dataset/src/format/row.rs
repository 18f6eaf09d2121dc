//! What a row is made of.

use jiff::Timestamp;

/// An event to write, and what isn't in its JSON.
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
