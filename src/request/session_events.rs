//! The request for a session's events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::deadline::LONGEST;
use crate::fetch::endpoint::Endpoint;
use crate::model::Event;
use crate::paging::Paging;
use crate::paging::follow::Follow;
use crate::paging::page::Page;
use crate::paging::plan::Plan;
use crate::position::checkpoint::Checkpoint;
use crate::position::cursor::Direction;
use crate::position::walk_id::{WalkId, WalkKind};
use crate::request::validate::{check_event_type, check_id};
use crate::request::walk_options::WalkOptions;
use crate::stream::{EventStream, PageStream};

/// Shortest interval of `follow`: every poll takes a permit, and another one if nothing was new.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// A request for the events of one session, from
/// [`Client::session_events`](crate::Client::session_events).
///
/// Nothing is sent until a stream of it is polled. Invalid options (a malformed session id, a limit of
/// 0, an invalid cursor) are the error of that first poll, of kind
/// [`InvalidInput`](crate::ErrorKind::InvalidInput); nothing has been sent then.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::TryStreamExt;
/// use journey_events::Event;
///
/// let request = client
///     .session_events(&session)
///     .event_types(["com.genesys.journey.WebEvent"])
///     .read_ahead(1);
/// let events: Vec<Event> = request.stream().try_collect().await?;
/// assert!(events.iter().all(|event| event.event_type().ends_with(".WebEvent")));
/// # Ok(()) });
/// ```
#[derive(Clone)]
#[must_use = "nothing is requested until a stream of it is polled"]
pub struct SessionEvents {
    options: WalkOptions,
    event_types: Vec<String>,
    follow: Option<Duration>,
}

impl fmt::Debug for SessionEvents {
    /// Cursors may encode what a customer did and are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEvents")
            .field("session", &self.options.id)
            .field("limit", &self.options.limit)
            .field("event_types", &self.event_types)
            .field("read_ahead", &self.options.read_ahead)
            .field("resume", &self.options.resume)
            .finish_non_exhaustive()
    }
}

impl SessionEvents {
    pub(crate) fn new(fetcher: Arc<Fetcher>, session: String) -> Self {
        Self {
            options: WalkOptions::new(fetcher, session),
            event_types: Vec::new(),
            follow: None,
        }
    }

    /// Sets the number of events per request, which isn't a total: 200 by default, which is also the
    /// cap that a larger number is lowered to. Zero is an error.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let pages = client.session_events(&session).limit(100).pages();
    /// assert_eq!(pages.try_collect::<Vec<_>>().await?.len(), 5); // of 450 events
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, events: u32) -> Self {
        self.options.limit = events;
        self
    }

    /// Starts after a cursor instead of at the session's first event.
    ///
    /// The cursor is the encoded text found in a `nextUri`
    /// ([`Page::next_cursor`](crate::Page::next_cursor)); it is sent back byte for byte.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let first = client.session_events(&session).page().await?;
    /// let cursor = first.next_cursor().ok_or("there is another page")?;
    /// let second = client.session_events(&session).after(cursor).page().await?;
    /// assert_eq!(second.events().len(), 200);
    /// # Ok(()) });
    /// ```
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.options.after = Some(cursor.into());
        self
    }

    /// Walks backwards from a cursor, through `previousUri`, and yields the newest event first.
    ///
    /// The cursor is the encoded text found in a `previousUri`
    /// ([`Page::previous_cursor`](crate::Page::previous_cursor)). Only the first published form of the
    /// service knows this parameter; the current form ignores it and answers from the start. It can't
    /// be combined with [`after`](SessionEvents::after).
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let pages: Vec<_> = client.session_events(&session).pages().try_collect().await?;
    /// let cursor = pages[1].previous_cursor().ok_or("the first published form has one")?;
    /// let mut newest_first = client.session_events(&session).before(cursor).stream();
    /// assert_eq!(newest_first.try_next().await?.as_ref(), pages[0].events().last());
    /// # Ok(()) });
    /// ```
    pub fn before(mut self, cursor: impl Into<String>) -> Self {
        self.options.before = Some(cursor.into());
        self
    }

    /// Requests events of these types only, such as `com.genesys.journey.WebEvent`. None, the default,
    /// requests all.
    ///
    /// The service filters. Only its current form does; the first published form ignores the filter.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let types = ["com.genesys.journey.OutcomeAchievedEvent", "com.genesys.journey.WebActionEvent"];
    /// let mut events = client.session_events(&session).event_types(types).stream();
    /// while let Some(event) = events.try_next().await? {
    ///     assert!(types.contains(&event.event_type()));
    /// }
    /// # Ok(()) });
    /// ```
    pub fn event_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.event_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Fetches up to this many pages while the consumer works on earlier ones, in a separate task that
    /// ends with the stream. With 0, the default, a page is fetched when its first event is polled for;
    /// at most 64.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// // While these are stored, the next page is being fetched.
    /// let mut pages = client.session_events(&session).read_ahead(1).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("storing {} events", page.events().len());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn read_ahead(mut self, pages: usize) -> Self {
        self.options.read_ahead = pages;
        self
    }

    /// Resumes from a checkpoint: yields exactly the events not yet yielded, in the direction and of
    /// the event types of the walk that it came from.
    ///
    /// The page may have been reordered, grown or shrunk since. A checkpoint of another session, service or
    /// set of event types is refused. If none of the events that it knows is there any more, the walk ends
    /// with [`StaleCheckpoint`](crate::ErrorKind::StaleCheckpoint).
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// let first = events.try_next().await?;
    /// let mut rest = client.session_events(&session).resume(events.checkpoint()).stream();
    /// assert_eq!(rest.try_next().await?, events.try_next().await?);
    /// # assert!(first.is_some());
    /// # Ok(()) });
    /// ```
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.options.resume = Some(checkpoint);
        self
    }

    /// Keeps polling the last page for new events at this interval, 1 s or more, and yields each once,
    /// wherever on the page it appears. An interval over a year counts as a year.
    ///
    /// An outage of any length is waited out with backoff, outside the retry budget; only an error that no
    /// wait cures ends the stream. Otherwise it ends when the session has ended (its `endedDate` is present)
    /// and nothing new has arrived since, or when it is dropped. The session is requested each time that
    /// nothing was new; if it can't be read, following continues. All of these requests take permits of the
    /// client's quota. It can't be combined with [`before`](SessionEvents::before).
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client, session: &str) -> journey_events::Result<()> {
    /// use std::time::Duration;
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(session).follow(Duration::from_secs(10)).stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", event.json()); // within ten seconds or so
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(mut self, interval: Duration) -> Self {
        self.follow = Some(interval);
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
    /// # documented::emulated(|client, [session, ..]| async move {
    /// assert!(client.session_events(&session).validate().is_ok());
    /// let error = client.session_events("../oauth").validate().unwrap_err();
    /// assert_eq!(error.kind(), journey_events::ErrorKind::InvalidInput);
    /// # Ok(()) });
    /// ```
    pub fn validate(&self) -> Result<(), Error> {
        self.plan(&self.walk_id()).map(drop)
    }

    /// Streams the events, one by one.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", event.json());
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn stream(self) -> EventStream {
        EventStream::new(self.paging())
    }

    /// Streams the same walk, a page an item.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = client.session_events(&session).pages();
    /// let mut sizes = Vec::new();
    /// while let Some(page) = pages.try_next().await? {
    ///     sizes.push(page.events().len());
    /// }
    /// assert_eq!(sizes, [200, 200, 50]);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn pages(self) -> PageStream {
        PageStream::<Event>::new(self.paging())
    }

    /// Fetches one page: the first, or the one at the cursor or checkpoint.
    ///
    /// Dropping the future cancels its request.
    ///
    /// # Errors
    ///
    /// Those of a stream. A page with an event that can't be decoded is an error here;
    /// [`pages`](SessionEvents::pages) yields the events before it first.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let page = client.session_events(&session).limit(10).page().await?;
    /// assert_eq!(page.events().len(), 10);
    /// # Ok(()) });
    /// ```
    pub async fn page(self) -> Result<Page, Error> {
        PageStream::<Event>::new(self.paging_as(Plan::of_one_page))
            .first()
            .await
    }

    fn paging(self) -> Paging<Event> {
        self.paging_as(|plan| plan)
    }

    fn paging_as(self, change: impl FnOnce(Plan) -> Plan) -> Paging<Event> {
        let id = self.walk_id();
        let plan = self.plan(&id).map(change);
        Paging::new(self.options.fetcher, id, plan)
    }

    fn walk_id(&self) -> WalkId {
        self.options
            .walk_id(WalkKind::SessionEvents, &self.event_types)
    }

    /// Checks everything, before anything is sent.
    fn plan(&self, id: &WalkId) -> Result<Plan, Error> {
        check_id("session", &self.options.id)?;
        let types = &id.event_types;
        types.iter().try_for_each(|name| check_event_type(name))?;
        let filters = match &types[..] {
            [] => Vec::new(),
            types => vec![format!("eventType={}", types.join(","))],
        };
        let endpoint = Endpoint::SessionEvents(self.options.id.clone());
        let mut plan = self.options.plan(id, endpoint, filters)?;
        plan.follow = self.following(id)?;
        plan.query.follows = plan.follow.is_some();
        Ok(plan)
    }

    fn following(&self, id: &WalkId) -> Result<Option<Follow>, Error> {
        let Some(interval) = self.follow else {
            return Ok(None);
        };
        if interval < MIN_INTERVAL {
            return Err(Error::invalid_input(format!(
                "follow is {interval:?}; expected an interval of {MIN_INTERVAL:?} or more"
            )));
        }
        if id.direction == Direction::Before {
            return Err(Error::invalid_input(
                "follow is set with before; expected one of them, since new events are at the end",
            ));
        }
        let interval = interval.min(LONGEST);
        Ok(Some(Follow::new(interval, self.options.id.clone())))
    }
}
