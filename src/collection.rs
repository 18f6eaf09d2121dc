//! What is listed page by page, and where.

use std::fmt;

/// What is listed, by an id that is one segment of a path as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    /// The events of a session.
    SessionEvents(String),
    /// The sessions of an external contact.
    ContactSessions(String),
}

impl Collection {
    /// Its path below the base URL.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::SessionEvents(id) => format!("/api/v2/journey/sessions/{id}/events"),
            Self::ContactSessions(id) => {
                format!("/api/v2/externalcontacts/contacts/{id}/journey/sessions")
            }
        }
    }

    /// The id of what it belongs to.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::SessionEvents(id) | Self::ContactSessions(id) => id,
        }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionEvents(id) => write!(f, "session {id}"),
            Self::ContactSessions(id) => write!(f, "contact {id}"),
        }
    }
}
