//! Which requests a fault may apply to.

use std::fmt;
use std::str::FromStr;

/// A group of the service's endpoints, for [`Fault::on`](crate::Fault::on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The events of a session.
    Events,
    /// A session, and the sessions of a contact.
    Sessions,
    /// A conversation, and queries for conversations.
    Conversations,
    /// `POST /oauth/token`.
    Token,
}

impl Endpoint {
    const ALL: [(Self, &str); 4] = [
        (Self::Events, "events"),
        (Self::Sessions, "sessions"),
        (Self::Conversations, "conversations"),
        (Self::Token, "token"),
    ];
}

pub(super) const ALLOWED_ENDPOINT: &str = "events, sessions, conversations or token";

impl fmt::Display for Endpoint {
    /// Writes the text that [`FromStr`] parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(endpoint, _)| endpoint == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// Parses `events`, `sessions`, `conversations` or `token`.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        let unknown = || format!("invalid endpoint {text:?}: must be {ALLOWED_ENDPOINT}");
        found.map(|(endpoint, _)| *endpoint).ok_or_else(unknown)
    }
}

/// What a fault may depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) endpoint: Endpoint,
    /// The session that is requested, or whose events are.
    pub(crate) session: Option<&'a str>,
    /// The number of the requested page, counted from 1; `None` if the response isn't a page.
    pub(crate) page: Option<u64>,
    /// Whether the page is requested by a cursor.
    pub(crate) has_cursor: bool,
}

/// The requests that a fault is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scope {
    /// `None`: all but tokens.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) session: Option<String>,
    pub(super) page: Option<u64>,
}

impl Scope {
    pub(super) fn includes(&self, target: &Target<'_>) -> bool {
        let is_endpoint = match self.endpoint {
            Some(endpoint) => endpoint == target.endpoint,
            None => target.endpoint != Endpoint::Token,
        };
        let session = self.session.as_deref();
        is_endpoint
            && (session.is_none() || session == target.session)
            && (self.page.is_none() || self.page == target.page)
    }
}
