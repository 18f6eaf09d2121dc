//! What is listed page by page, and where.

use std::fmt;

use url::Url;

use crate::position::cursor::{Cursor, Direction};

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

/// Under which name the page size is sent.
///
/// The service's two published forms read different names and ignore the other's. A gateway that
/// refuses parameters it does not know needs one alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageSizeParameter {
    /// `limit` and `pageSize`, the same number. The default.
    #[default]
    Both,
    /// `limit`, the first published form.
    Limit,
    /// `pageSize`, the current form.
    PageSize,
}

/// What is the same for all pages of a walk. All of it was checked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) of: Collection,
    pub(crate) limit: u32,
    pub(crate) direction: Direction,
    /// Further parameters, such as `eventType=a,b`, as they stand in the URL.
    pub(crate) filters: Vec<String>,
}

impl Query {
    /// Builds the URL from checked parts; of the service's own URIs only the cursor is in it.
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
            parameters.push(format!(
                "{}={}",
                self.direction.parameter(),
                cursor.as_str()
            ));
        }
        parameters.extend_from_slice(&self.filters);
        let mut url = below(api, &self.of.path());
        url.set_query(Some(&parameters.join("&")));
        url
    }
}

/// A path of the service below a base URL that may have a path of its own.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}
