//! What a user may know of a session.

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

    /// The session's id, a UUID that depends on the seed and the session's number alone.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `"web"` for a visitor of the site, `"app"` for one of the app: every third session.
    #[must_use]
    pub fn session_type(&self) -> &str {
        self.medium.name()
    }

    /// How many events the session has.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }
}
