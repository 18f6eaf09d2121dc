//! A session: what a user of the emulator sees of it, and its current state.

use std::sync::Arc;

use jiff::Timestamp;

use super::events::Events;
use crate::story::{Identity, Medium};

/// A session that the emulator serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    id: Arc<str>,
    medium: Medium,
    pub(crate) events: u64,
}

impl SessionInfo {
    pub(crate) fn new(id: &str, medium: Medium, events: u64) -> Self {
        Self {
            id: id.into(),
            medium,
            events,
        }
    }

    /// Returns the session's id: of a generated session, a UUID that depends only on the seed and
    /// the session's number.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn shared_id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }

    /// Returns `"web"` or `"app"`; every third generated session is an app session.
    #[must_use]
    pub fn session_type(&self) -> &str {
        self.medium.name()
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// Returns how many events the session has once it is fully grown. Those that are added later
    /// don't change it.
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
    pub(crate) has_ended: bool,
}

impl Session {
    /// Returns the dates of the earliest and the latest event so far; `None` if no event has one.
    pub(crate) fn span(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.events.span(self.count)
    }
}
