//! The request for the sessions of an external contact.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::endpoint::Endpoint;
use crate::model::Session;
use crate::paging::Paging;
use crate::paging::page::Page;
use crate::paging::plan::Plan;
use crate::position::checkpoint::Checkpoint;
use crate::position::walk_id::{WalkId, WalkKind};
use crate::request::validate::check_id;
use crate::request::walk_options::WalkOptions;
use crate::stream::{PageStream, SessionStream};

/// A request for the journey sessions of one external contact, from
/// [`Client::contact_sessions`](crate::Client::contact_sessions).
///
/// The same walk as that of [`SessionEvents`](crate::SessionEvents), with the same options but event
/// types and `follow`. Nothing is sent until a stream of it is polled; invalid options are the error of
/// that first poll.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [_, contact, _]| async move {
/// use futures::TryStreamExt;
///
/// let mut sessions = client.contact_sessions(&contact).include_merged(true).stream();
/// while let Some(session) = sessions.try_next().await? {
///     println!("{} since {:?}", session.id(), session.created_at());
/// }
/// # Ok(()) });
/// ```
#[derive(Clone)]
#[must_use = "nothing is requested until a stream of it is polled"]
pub struct ContactSessions {
    options: WalkOptions,
    include_merged: Option<bool>,
}

impl fmt::Debug for ContactSessions {
    /// Cursors are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactSessions")
            .field("contact", &self.options.id)
            .field("limit", &self.options.limit)
            .field("include_merged", &self.include_merged)
            .field("read_ahead", &self.options.read_ahead)
            .field("resume", &self.options.resume)
            .finish_non_exhaustive()
    }
}

impl ContactSessions {
    pub(crate) fn new(fetcher: Arc<Fetcher>, contact: String) -> Self {
        Self {
            options: WalkOptions::new(fetcher, contact),
            include_merged: None,
        }
    }

    /// Sets the number of sessions per request, which isn't a total: 200 by default, which is also the
    /// cap that a larger number is lowered to. Zero is an error.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// let page = client.contact_sessions(&contact).limit(1).page().await?;
    /// assert_eq!(page.sessions().len(), 1);
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, sessions: u32) -> Self {
        self.options.limit = sessions;
        self
    }

    /// Starts after a cursor, the encoded text found in a `nextUri`
    /// ([`Page::next_cursor`](crate::Page::next_cursor)).
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client, contact: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let first = client.contact_sessions(contact).page().await?;
    /// let cursor = first.next_cursor().ok_or("the contact has no more than a page")?;
    /// let second = client.contact_sessions(contact).after(cursor).page().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.options.after = Some(cursor.into());
        self
    }

    /// Walks backwards from a cursor, the encoded text found in a `previousUri`
    /// ([`Page::previous_cursor`](crate::Page::previous_cursor)), where the service has one.
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client, contact: &str, cursor: &str) -> journey_events::Result<()> {
    /// // Such as that of a page, from `Page::previous_cursor`.
    /// let earlier = client.contact_sessions(contact).before(cursor).page().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn before(mut self, cursor: impl Into<String>) -> Self {
        self.options.before = Some(cursor.into());
        self
    }

    /// Sets whether sessions of contacts that were merged into this one are included. Unless it is set,
    /// the service decides.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let sessions = client.contact_sessions(&contact).include_merged(true).stream();
    /// println!("{} sessions", sessions.try_collect::<Vec<_>>().await?.len());
    /// # Ok(()) });
    /// ```
    pub fn include_merged(mut self, included: bool) -> Self {
        self.include_merged = Some(included);
        self
    }

    /// Fetches up to this many pages while the consumer works on earlier ones, in a separate task that
    /// ends with the stream. 0 by default; at most 64.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let sessions = client.contact_sessions(&contact).read_ahead(1).stream();
    /// sessions.try_for_each(|_| std::future::ready(Ok(()))).await?;
    /// # Ok(()) });
    /// ```
    pub fn read_ahead(mut self, pages: usize) -> Self {
        self.options.read_ahead = pages;
        self
    }

    /// Resumes from a checkpoint of a walk over the same contact's sessions: yields exactly the sessions
    /// not yet yielded.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut sessions = client.contact_sessions(&contact).stream();
    /// while sessions.try_next().await?.is_some() {}
    /// // The next day: those that are new.
    /// let mut new = client.contact_sessions(&contact).resume(sessions.checkpoint()).stream();
    /// assert!(new.try_next().await?.is_none());
    /// # Ok(()) });
    /// ```
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.options.resume = Some(checkpoint);
        self
    }

    /// Checks the request and sends nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), as the first poll of a stream would return it.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// assert!(client.contact_sessions(&contact).validate().is_ok());
    /// assert!(client.contact_sessions(&contact).limit(0).validate().is_err());
    /// # Ok(()) });
    /// ```
    pub fn validate(&self) -> Result<(), Error> {
        self.plan(&self.walk_id()).map(drop)
    }

    /// Streams the sessions, one by one.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut sessions = client.contact_sessions(&contact).stream();
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{}", session.id());
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn stream(self) -> SessionStream {
        SessionStream::new(self.paging())
    }

    /// Streams the same walk, a page an item.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = client.contact_sessions(&contact).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} sessions", page.sessions().len());
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn pages(self) -> PageStream<Session> {
        PageStream::<Session>::new(self.paging())
    }

    /// Fetches one page: the first, or the one at the cursor or checkpoint.
    ///
    /// Dropping the future cancels its request.
    ///
    /// # Errors
    ///
    /// Those of a stream. A page with a session that can't be decoded is an error here.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// let page = client.contact_sessions(&contact).page().await?;
    /// println!("the first {} sessions", page.sessions().len());
    /// # Ok(()) });
    /// ```
    pub async fn page(self) -> Result<Page<Session>, Error> {
        PageStream::<Session>::new(self.paging_as(Plan::of_one_page))
            .first()
            .await
    }

    fn paging(self) -> Paging<Session> {
        self.paging_as(|plan| plan)
    }

    fn paging_as(self, change: impl FnOnce(Plan) -> Plan) -> Paging<Session> {
        let id = self.walk_id();
        let plan = self.plan(&id).map(change);
        Paging::new(self.options.fetcher, id, plan)
    }

    fn walk_id(&self) -> WalkId {
        self.options.walk_id(WalkKind::ContactSessions, &[])
    }

    fn plan(&self, id: &WalkId) -> Result<Plan, Error> {
        check_id("contact", &self.options.id)?;
        let merged = self.include_merged;
        let filters = Vec::from_iter(merged.map(|merged| format!("includeMerged={merged}")));
        let endpoint = Endpoint::ContactSessions(self.options.id.clone());
        self.options.plan(id, endpoint, filters)
    }
}
