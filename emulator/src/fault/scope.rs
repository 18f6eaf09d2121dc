//! Which requests a fault may apply to.

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
    pub(super) const ALL: [Self; 4] = [
        Self::Events,
        Self::Sessions,
        Self::Conversations,
        Self::Token,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Sessions => "sessions",
            Self::Conversations => "conversations",
            Self::Token => "token",
        }
    }

    /// Returns the names of these, as a message has them.
    pub(super) fn list(these: &[Self]) -> String {
        let names: Vec<_> = these.iter().map(|endpoint| endpoint.name()).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
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
