//! The handle that everything is asked through.

mod base_url;
pub(crate) mod builder;
mod env;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::limit::activity::Activity;
use crate::model::Session;
use crate::request::contact_sessions::ContactSessions;
use crate::request::session_events::SessionEvents;
use crate::request::validate::check_id;
use crate::stats::Stats;

/// A client of one Genesys Cloud organization.
///
/// Cheap to clone: all clones share connections, access token, rate limit and retry budget. The
/// service counts its quota per OAuth client, so make one of these per OAuth client and share it. It
/// needs a tokio runtime with I/O and time enabled.
#[derive(Clone, Debug)]
pub struct Client {
    fetcher: Arc<Fetcher>,
}

impl Client {
    pub(crate) fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher: Arc::new(fetcher),
        }
    }

    /// A request for the events of a session; nothing is sent before a stream of it is polled.
    pub fn session_events(&self, session_id: impl Into<String>) -> SessionEvents {
        SessionEvents::new(Arc::clone(&self.fetcher), session_id.into())
    }

    /// A request for the journey sessions of an external contact; nothing is sent before a stream of it
    /// is polled.
    pub fn contact_sessions(&self, contact_id: impl Into<String>) -> ContactSessions {
        ContactSessions::new(Arc::clone(&self.fetcher), contact_id.into())
    }

    /// What the service says of a session, such as how many events it has and whether it has ended. One
    /// request, under the client's quota and retries.
    ///
    /// Dropping the future ends the request.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an id that is none, before anything is sent,
    /// and those of a page.
    pub async fn session(&self, session_id: &str) -> Result<Session, Error> {
        check_id("session", session_id)?;
        self.fetcher.session(session_id).await
    }

    /// What the client does at this moment: how much of the quota is left, what it waits for.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.fetcher.activity()
    }

    /// What this client has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.fetcher.counters.snapshot()
    }
}
