//! The client, from which all requests are made.

mod base_url;
pub(crate) mod builder;
mod checks;
mod env;
mod quota_name;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::limit::activity::Activity;
use crate::fetch::retry::Patience;
use crate::model::Session;
use crate::model::Timestamp;
use crate::request::contact_sessions::ContactSessions;
use crate::request::find_sessions::FoundSessions;
use crate::request::session_events::SessionEvents;
use crate::request::validate::check_id;
use crate::stats::Stats;

/// A client of one Genesys Cloud organization.
///
/// Cheap to clone: all clones share connections, access token, rate limit and retry budget. The service
/// counts its quota per OAuth client, so build one `Client` per OAuth client and share it.
///
/// Requests need a tokio runtime with I/O and time enabled. Clones may be used on different runtimes.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use journey_events::Client;
///
/// # async fn run(id: &str) -> journey_events::Result<()> {
/// let client = Client::from_env()?; // GENESYSCLOUD_REGION and credentials
/// let events = client.session_events(id).stream().try_collect::<Vec<_>>().await?;
/// println!("{} events, {} requests", events.len(), client.stats().requests);
/// # Ok(())
/// # }
/// ```
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

    /// Starts a request for the events of a session. Nothing is sent until one of its streams is polled.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(session).stream();
    /// let mut count = 0;
    /// while let Some(event) = events.try_next().await? {
    ///     assert!(event.event_type().starts_with("com.genesys.journey."));
    ///     count += 1;
    /// }
    /// assert_eq!(count, 450);
    /// # Ok(()) });
    /// ```
    pub fn session_events(&self, session_id: impl Into<String>) -> SessionEvents {
        SessionEvents::new(Arc::clone(&self.fetcher), session_id.into())
    }

    /// Starts a request for the journey sessions of an external contact. Nothing is sent until one of its
    /// streams is polled.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let sessions: Vec<_> = client.contact_sessions(contact).stream().try_collect().await?;
    /// assert_eq!(sessions[0].event_count(), Some(450));
    /// # Ok(()) });
    /// ```
    pub fn contact_sessions(&self, contact_id: impl Into<String>) -> ContactSessions {
        ContactSessions::new(Arc::clone(&self.fetcher), contact_id.into())
    }

    /// Finds the journey sessions of a conversation: one request, sent when the stream is first polled.
    ///
    /// Needs the permission `analytics:conversationDetail:view`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an invalid id, before anything is sent;
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such conversation. A conversation without a
    /// journey session is an empty stream.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    ///
    /// # async fn run(client: journey_events::Client) -> journey_events::Result<()> {
    /// let mut sessions = client.conversation_sessions("a1b2c3d4-0000-4000-8000-000000000001");
    /// while let Some(session) = sessions.try_next().await? {
    ///     let events = client.session_events(session.id()).stream();
    ///     println!("{}: {} events", session.id(), events.try_collect::<Vec<_>>().await?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn conversation_sessions(&self, conversation_id: impl Into<String>) -> FoundSessions {
        FoundSessions::in_conversation(Arc::clone(&self.fetcher), conversation_id.into())
    }

    /// Finds the journey sessions of all conversations of an interval, from its start up to, but not
    /// including, its end. Sends nothing until the stream is polled.
    ///
    /// Found are the conversations that the service lists for an interval: all that started in it, and
    /// those that started earlier on one of its days (in UTC) and were active in it. Their order is that of
    /// their start, roughly. The interval is rounded outwards to milliseconds.
    ///
    /// An interval may be of any length: it is queried in slices of at most 7 days (the service's limit for
    /// queries without a filter), shorter if one has more than the 100,000 conversations that can be
    /// listed, in pages of up to 100. Genesys describes both on [detail queries] and in the text of the
    /// error; a larger page isn't documented. Needs the permission `analytics:conversationDetail:view`.
    ///
    /// Conversations that appear or disappear while pages are read don't hide others: each page overlaps
    /// the one before, and after a shift some are read again until they overlap. A slice is read up to three
    /// times if conversations appeared before the page being read, or are missing from the service's count.
    /// Of an interval that hasn't ended, later conversations are missing.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) unless the start is before the end, before anything
    /// is sent; [`Shifting`](crate::ErrorKind::Shifting) if the pages change during every read, or end
    /// after less than 99 % of the service's count;
    /// [`TooLarge`](crate::ErrorKind::TooLarge) if a minute has more conversations than can be listed.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    /// use journey_events::Timestamp;
    ///
    /// # async fn run(client: journey_events::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let start: Timestamp = "2026-03-01T00:00:00Z".parse()?;
    /// let end: Timestamp = "2026-03-02T00:00:00Z".parse()?;
    /// let mut sessions = client.sessions_between(start..end);
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{} {}", session.id(), session.conversation_id().unwrap_or("-"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [detail queries]: https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/
    pub fn sessions_between(&self, interval: Range<Timestamp>) -> FoundSessions {
        FoundSessions::between(Arc::clone(&self.fetcher), &interval)
    }

    /// Fetches a session, such as its number of events and whether it has ended: one request, under the
    /// client's quota and retry policy.
    ///
    /// Dropping the future cancels the request.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an invalid id, before anything is sent, and
    /// those of a page.
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client, id: &str) -> journey_events::Result<()> {
    /// let session = client.session(id).await?;
    /// println!("{:?} events", session.event_count());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn session(&self, session_id: &str) -> Result<Session, Error> {
        check_id("session", session_id)?;
        self.fetcher.session(session_id, Patience::Policy).await
    }

    /// Returns the base URL of the API.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder().region(Region::EuCentral1).access_token("token").build()?;
    /// assert_eq!(client.base_url(), "https://api.mypurecloud.de/");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.fetcher.base_url()
    }

    /// Returns how much of the quota is left and what requests are waiting for, at this moment.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// client.session(&session).await?;
    /// assert_eq!(client.activity().permits_left, Some(299));
    /// assert_eq!(client.activity().waiting, None);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.fetcher.activity()
    }

    /// Returns the service's date and time: the `Date` of the latest response, to the second, and the time
    /// since, by a clock that can't be set. `None` before the first response with a date.
    ///
    /// Ages of events are measured by it, since this machine's clock may be wrong.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// assert_eq!(client.service_time(), None);
    /// client.session(&session).await?;
    /// let offset = client.service_time().ok_or("a response has a date")?.elapsed()?;
    /// println!("this machine's clock is within {} s of the service's", offset.as_secs() + 1);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn service_time(&self) -> Option<SystemTime> {
        self.fetcher.service_time()
    }

    /// Returns the client's totals so far.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let events = client.session_events(session).stream();
    /// events.try_for_each(|_| std::future::ready(Ok(()))).await?;
    /// let stats = client.stats();
    /// assert_eq!((stats.events, stats.pages, stats.requests), (450, 3, 3));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.fetcher.stats()
    }
}
