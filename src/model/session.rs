//! A journey session, as the service describes it.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::date;
use crate::decode::entity::Entity;
use crate::position::digest::Digest;

/// A journey session: its id, its dates, how many events it has.
///
/// The JSON stays as the service sent it, in [`json`](Session::json). `Debug` shows id and type only.
#[derive(Clone)]
pub struct Session {
    json: Box<str>,
    envelope: SessionEnvelope,
}

/// The fields that are decoded.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEnvelope {
    id: Box<str>,
    r#type: Option<Box<str>>,
    created_date: Option<Box<str>>,
    ended_date: Option<Box<str>>,
    last_event_date: Option<Box<str>>,
    event_count: Option<u64>,
}

impl Session {
    /// The session's JSON, exactly as the service sent it.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The id, for [`Client::session_events`](crate::Client::session_events).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.envelope.id
    }

    /// The type, such as `web` or `app`.
    #[must_use]
    pub fn session_type(&self) -> Option<&str> {
        self.envelope.r#type.as_deref()
    }

    /// When it began; `None` if the date is absent or no date.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        date::instant(self.envelope.created_date.as_deref()?)
    }

    /// When it ended; `None` while it goes on.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        date::instant(self.envelope.ended_date.as_deref()?)
    }

    /// When its last event happened, so far.
    #[must_use]
    pub fn last_event_at(&self) -> Option<Timestamp> {
        date::instant(self.envelope.last_event_date.as_deref()?)
    }

    /// How many events it has, so far.
    #[must_use]
    pub fn event_count(&self) -> Option<u64> {
        self.envelope.event_count
    }
}

impl Entity for Session {
    type Envelope = SessionEnvelope;

    fn new(json: &str, envelope: SessionEnvelope) -> Self {
        Self {
            json: json.into(),
            envelope,
        }
    }

    fn id(&self) -> Option<&str> {
        Some(&self.envelope.id)
    }

    fn digest(&self) -> Digest {
        Digest::of_id(self.id())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("session_type", &self.session_type())
            .finish_non_exhaustive()
    }
}
