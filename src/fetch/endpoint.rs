//! What is requested, and under which URL.

use std::fmt;

use url::Url;

use crate::position::cursor::{Cursor, Direction};

/// What a request is for. Ids are checked: each is one path segment as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The events of a session, page by page.
    SessionEvents(String),
    /// The sessions of an external contact, page by page.
    ContactSessions(String),
    /// A session itself.
    Session(String),
    /// A conversation.
    Conversation(String),
    /// The conversations of an interval, `start/end`, page by page.
    Conversations(String),
}

impl Endpoint {
    /// The path below the service's base URL, with a placeholder for the id.
    pub(crate) fn template(&self) -> &'static str {
        match self {
            Self::SessionEvents(_) => "/api/v2/journey/sessions/{sessionId}/events",
            Self::ContactSessions(_) => {
                "/api/v2/externalcontacts/contacts/{contactId}/journey/sessions"
            }
            Self::Session(_) => "/api/v2/journey/sessions/{sessionId}",
            Self::Conversation(_) => "/api/v2/analytics/conversations/{conversationId}/details",
            Self::Conversations(_) => "/api/v2/analytics/conversations/details/query",
        }
    }

    pub(crate) fn url(&self, api: &Url) -> Url {
        let template = self.template();
        match template.split_once('{').zip(template.split_once('}')) {
            Some(((start, _), (_, end))) => below(api, &format!("{start}{}{end}", self.id())),
            None => below(api, template),
        }
    }

    /// The id of the session, contact or conversation, or the interval.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::SessionEvents(id)
            | Self::ContactSessions(id)
            | Self::Session(id)
            | Self::Conversation(id)
            | Self::Conversations(id) => id,
        }
    }

    /// Names what a page consists of.
    pub(crate) fn entity(&self) -> &'static str {
        match self {
            Self::SessionEvents(_) => "event",
            Self::ContactSessions(_) | Self::Session(_) => "session",
            Self::Conversation(_) | Self::Conversations(_) => "conversation",
        }
    }

    /// Describes a 403.
    pub(crate) fn forbidden(&self) -> &'static str {
        match self {
            Self::SessionEvents(_) => "the token lacks the permission `journey:event:view`",
            Self::ContactSessions(_) => {
                "the token lacks the permission `externalContacts:session:view`"
            }
            Self::Session(_) => "the token may not read this session",
            Self::Conversation(_) | Self::Conversations(_) => {
                "the token lacks the permission `analytics:conversationDetail:view`"
            }
        }
    }

    /// Describes a 404.
    pub(crate) fn not_found(&self) -> &'static str {
        match self {
            Self::SessionEvents(_) | Self::Session(_) => "the session doesn't exist",
            Self::ContactSessions(_) => "the contact doesn't exist",
            Self::Conversation(_) => "the conversation doesn't exist",
            Self::Conversations(_) => "the service can't be queried for conversations",
        }
    }

    /// Describes a success with a body of another kind.
    pub(crate) fn unexpected_body(&self) -> &'static str {
        match self {
            Self::SessionEvents(_) => "the response isn't a listing of events",
            Self::ContactSessions(_) => "the response isn't a listing of sessions",
            Self::Session(_) => "the response isn't a session",
            Self::Conversation(_) => "the response isn't a conversation",
            Self::Conversations(_) => "the response isn't a listing of conversations",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionEvents(id) | Self::Session(id) => write!(f, "session {id}"),
            Self::ContactSessions(id) => write!(f, "contact {id}"),
            Self::Conversation(id) => write!(f, "conversation {id}"),
            Self::Conversations(interval) => write!(f, "conversations of {interval}"),
        }
    }
}

/// The parameter that carries the page size.
///
/// Each of the service's two published forms reads its own and ignores the other. A gateway that
/// refuses unknown parameters needs one alone.
///
/// ```
/// use journey_events::{Client, PageSizeParameter, Region};
///
/// let client = Client::builder()
///     .region(Region::EuCentral1)
///     .access_token("token")
///     .page_size_parameter(PageSizeParameter::Limit)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageSizeParameter {
    /// `limit` and `pageSize`, the same number. The default.
    #[default]
    Both,
    /// `limit`, read by the first published form.
    Limit,
    /// `pageSize`, read by the current form.
    PageSize,
}

/// What all page requests of a walk have in common. All of it is checked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) endpoint: Endpoint,
    pub(crate) limit: u32,
    pub(crate) direction: Direction,
    /// Whether a following walk requests it, which outlasts any outage.
    pub(crate) follows: bool,
    /// Further parameters, such as `eventType=a,b`, encoded.
    pub(crate) filters: Vec<String>,
}

impl Query {
    /// Builds a page's URL. Of the service's own URIs it contains the cursor alone.
    pub(crate) fn url(
        &self,
        api: &Url,
        page_size: PageSizeParameter,
        cursor: Option<&Cursor>,
    ) -> Url {
        let limit = self.limit;
        let mut parameters = match page_size {
            PageSizeParameter::Both => vec![format!("limit={limit}"), format!("pageSize={limit}")],
            PageSizeParameter::Limit => vec![format!("limit={limit}")],
            PageSizeParameter::PageSize => vec![format!("pageSize={limit}")],
        };
        if let Some(cursor) = cursor {
            let parameter = self.direction.parameter();
            parameters.push(format!("{parameter}={}", cursor.as_str()));
        }
        parameters.extend_from_slice(&self.filters);
        let mut url = self.endpoint.url(api);
        url.set_query(Some(&parameters.join("&")));
        url
    }
}

/// Appends a path to a base URL that may have a path itself.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}
