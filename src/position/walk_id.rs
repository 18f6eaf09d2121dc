//! What identifies a walk.

use serde::{Deserialize, Serialize};

use crate::position::cursor::Direction;

/// Identifies a walk. A position means nothing in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WalkId {
    /// `None` in a checkpoint of version 1.
    pub(crate) kind: Option<WalkKind>,
    /// Base URL of the service; compared, never requested.
    pub(crate) service: String,
    /// The session or contact.
    pub(crate) id: String,
    pub(crate) direction: Direction,
    pub(crate) event_types: Vec<String>,
}

/// What a walk lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WalkKind {
    SessionEvents,
    ContactSessions,
}

impl WalkKind {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::SessionEvents => "a session's events",
            Self::ContactSessions => "a contact's sessions",
        }
    }
}
