//! A session: what a user of the emulator sees of it, and its current state.

use jiff::Timestamp;

use super::events::Events;
use crate::story::{Identity, Medium};

/// A session that the emulator serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    id: String,
    medium: Medium,
    events: u64,
}

impl SessionInfo {
    pub(crate) fn new(identity: &Identity, events: u64) -> Self {
        Self {
            id: identity.id.clone(),
            medium: identity.medium,
            events,
        }
    }

    /// Returns the session's id: of a generated session, a UUID that depends only on the seed and
    /// the session's number.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns `"web"` or `"app"`; every third generated session is an app session.
    #[must_use]
    pub fn session_type(&self) -> &str {
        self.medium.name()
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// Returns how many events the session has once it is fully grown.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }
}

/// A session as it is now.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) identity: Identity,
    pub(crate) events: Events,
    /// How many events it has so far.
    pub(crate) count: u64,
    /// How many it has once it is fully grown.
    pub(crate) all: u64,
    pub(crate) has_ended: bool,
}

impl Session {
    /// Returns the date of the earliest of all its events, future ones too; `None` if none has one.
    pub(crate) fn began(&mut self) -> Option<Timestamp> {
        let (first, _) = self.events.span(self.all.max(1))?;
        first.parse().ok()
    }

    /// Returns the dates of the earliest and the latest event so far; `None` if no event has one.
    pub(crate) fn span(&mut self) -> Option<(String, String)> {
        self.events.span(self.count)
    }
}
