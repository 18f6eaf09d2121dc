//! The request for a session's events, and what it may ask for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use crate::error::{Error, ErrorKind};
use crate::fetch::Fetcher;
use crate::fetch::endpoint::Collection;
use crate::fetch::endpoint::Query;
use crate::model::Event;
use crate::paging::follow::Follow;
use crate::paging::page::Page;
use crate::paging::walk::{Plan, Walk};
use crate::position::checkpoint::{Checkpoint, Place, WalkId};
use crate::position::cursor::{Cursor, Direction};
use crate::request::validate::{
    MAX_LIMIT, check_event_type, check_id, check_limit, check_same_walk,
};
use crate::stream::{EventStream, PageStream};

/// Most pages fetched ahead: 64 pages of 200 events of 2 KB are 25 MB.
const MAX_READ_AHEAD: usize = 64;
/// Shortest time between two looks for new events: each takes a permit of the quota, and another one
/// if there were none.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// A request for the events of one session, made by
/// [`Client::session_events`](crate::Client::session_events).
///
/// Nothing is sent until a stream made of it is polled. What is not allowed (a malformed session id, a
/// limit of 0, a cursor that is none) is the error of that first poll, of kind
/// [`InvalidInput`](ErrorKind::InvalidInput), and nothing has been sent then either.
#[derive(Clone)]
#[must_use = "nothing is requested until a stream of it is polled"]
pub struct SessionEvents {
    fetcher: Arc<Fetcher>,
    session: String,
    limit: u32,
    after: Option<String>,
    before: Option<String>,
    event_types: Vec<String>,
    read_ahead: usize,
    resume: Option<Checkpoint>,
    follow: Option<Duration>,
}

impl fmt::Debug for SessionEvents {
    /// Cursors may encode what a customer did and are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEvents")
            .field("session", &self.session)
            .field("limit", &self.limit)
            .field("event_types", &self.event_types)
            .field("read_ahead", &self.read_ahead)
            .field("resume", &self.resume)
            .finish_non_exhaustive()
    }
}

impl SessionEvents {
    pub(crate) fn new(fetcher: Arc<Fetcher>, session: String) -> Self {
        Self {
            fetcher,
            session,
            limit: MAX_LIMIT,
            after: None,
            before: None,
            event_types: Vec::new(),
            read_ahead: 0,
            resume: None,
            follow: None,
        }
    }

    /// Events a request: 200 by default, which is also the cap that a larger number is lowered to.
    /// Zero is an error.
    pub fn limit(mut self, events: u32) -> Self {
        self.limit = events;
        self
    }

    /// Starts behind a cursor instead of at the session's first event.
    ///
    /// The cursor is the encoded text as it stands in a `nextUri`
    /// ([`Page::next_cursor`](crate::Page::next_cursor)); it is sent back byte for byte.
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.after = Some(cursor.into());
        self
    }

    /// Walks backwards from a cursor, through `previousUri`, and gives the newest event first.
    ///
    /// The cursor is the encoded text as it stands in a `previousUri`
    /// ([`Page::previous_cursor`](crate::Page::previous_cursor)). Only the first published form of the
    /// service knows this parameter; the current form ignores it and answers from the start. Can't be
    /// combined with [`after`](SessionEvents::after).
    pub fn before(mut self, cursor: impl Into<String>) -> Self {
        self.before = Some(cursor.into());
        self
    }

    /// Asks for events of these types only, such as `com.genesys.journey.WebEvent`. None, the default,
    /// asks for all.
    ///
    /// The service filters; only its current form does, the first published one ignores it.
    pub fn event_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.event_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Fetches up to this many pages while the consumer still works on earlier ones, in a task of its
    /// own that ends with the stream. 0, the default, fetches a page when its first event is asked
    /// for; at most 64.
    pub fn read_ahead(mut self, pages: usize) -> Self {
        self.read_ahead = pages;
        self
    }

    /// Goes on from a checkpoint: exactly the events not yet given out, in the direction and of the
    /// event types of the walk it came from.
    ///
    /// A checkpoint of another session, service or set of event types is refused. If its page no longer
    /// has the event it names, the walk ends with
    /// [`StaleCheckpoint`](ErrorKind::StaleCheckpoint).
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// Goes on behind the last page: asks for it again at this interval, 1 s or more, and gives out new
    /// events as they come, each once.
    ///
    /// Ends when the session has ended and nothing new has come since, or with an error, or when the
    /// stream is dropped. That the session has ended is asked of the service, with a request of its own,
    /// each time that nothing new came; if it may not be asked for, the walk goes on without end. All of
    /// these requests are made under the client's quota. Can't be combined with
    /// [`before`](SessionEvents::before).
    pub fn follow(mut self, interval: Duration) -> Self {
        self.follow = Some(interval);
        self
    }

    /// Checks the request and sends nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput), as the first poll of a stream would give it.
    pub fn validate(&self) -> Result<(), Error> {
        self.plan(&self.walk_id()).map(drop)
    }

    /// The events, one by one.
    #[must_use]
    pub fn stream(self) -> EventStream {
        EventStream::new(self.walk())
    }

    /// The same walk, a page an item.
    #[must_use]
    pub fn pages(self) -> PageStream {
        PageStream::new(self.walk())
    }

    /// One page: the first, or the one at the cursor or checkpoint.
    ///
    /// Dropping the future ends its request.
    ///
    /// # Errors
    ///
    /// Those of a stream. A page with an event that can't be read is an error here;
    /// [`pages`](SessionEvents::pages) gives the events before it first.
    pub async fn page(self) -> Result<Page, Error> {
        let mut pages = self.pages();
        let start = pages.checkpoint();
        let mut first = pages.next().await;
        if pages.is_broken() && matches!(first, Some(Ok(_))) {
            first = pages.next().await;
        }
        match first {
            Some(Ok(page)) => Ok(page),
            Some(Err(error)) => Err(error.with_checkpoint(start)),
            None => Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                "the walk ended without a page",
            )),
        }
    }

    fn walk(self) -> Walk<Event> {
        let id = self.walk_id();
        let plan = self.plan(&id);
        Walk::new(self.fetcher, id, plan)
    }

    fn walk_id(&self) -> WalkId {
        WalkId {
            service: self.fetcher.api.as_str().trim_end_matches('/').to_owned(),
            session: self.session.clone(),
            direction: self.direction(),
            event_types: match &self.resume {
                Some(checkpoint) if self.event_types.is_empty() => {
                    checkpoint.walk.event_types.clone()
                }
                _ => self.event_types.clone(),
            },
        }
    }

    fn direction(&self) -> Direction {
        match (&self.before, &self.resume) {
            (Some(_), _) => Direction::Before,
            (None, Some(checkpoint)) => checkpoint.walk.direction,
            (None, None) => Direction::After,
        }
    }

    /// Checks everything, before anything is sent.
    fn plan(&self, id: &WalkId) -> Result<Plan, Error> {
        check_id("session", &self.session)?;
        check_limit(self.limit)?;
        if self.read_ahead > MAX_READ_AHEAD {
            return Err(Error::invalid_input(format!(
                "read_ahead is {}; allowed is 0 to {MAX_READ_AHEAD} pages",
                self.read_ahead
            )));
        }
        id.event_types
            .iter()
            .try_for_each(|name| check_event_type(name))?;
        Ok(Plan {
            query: Query {
                of: Collection::SessionEvents(self.session.clone()),
                limit: self.limit.min(MAX_LIMIT),
                direction: id.direction,
                filters: match &id.event_types[..] {
                    [] => Vec::new(),
                    types => vec![format!("eventType={}", types.join(","))],
                },
            },
            start: self.start(id)?,
            read_ahead: self.read_ahead,
            follow: self.following(id)?,
        })
    }

    fn following(&self, id: &WalkId) -> Result<Option<Follow>, Error> {
        let Some(interval) = self.follow else {
            return Ok(None);
        };
        if interval < MIN_INTERVAL {
            return Err(Error::invalid_input(format!(
                "follow is {interval:?}; allowed is {MIN_INTERVAL:?} or more between two looks"
            )));
        }
        if id.direction == Direction::Before {
            return Err(Error::invalid_input(
                "follow is set with before; allowed is one, since new events come at the end",
            ));
        }
        Ok(Some(Follow::new(interval, self.session.clone())))
    }

    fn start(&self, id: &WalkId) -> Result<Place, Error> {
        let (parameter, cursor) = match (&self.after, &self.before, &self.resume) {
            (None, None, None) => return Ok(Place::default()),
            (None, None, Some(checkpoint)) => {
                check_same_walk(&checkpoint.walk, id)?;
                return Ok(checkpoint.place.clone());
            }
            (Some(cursor), None, None) => ("after", cursor),
            (None, Some(cursor), None) => ("before", cursor),
            _ => {
                return Err(Error::invalid_input(
                    "more than one of after, before and resume is set; allowed is one",
                ));
            }
        };
        let cursor = Cursor::new(cursor)
            .map_err(|error| Error::invalid_input(format!("{parameter} is no cursor: {error}")))?;
        Ok(Place {
            cursor: Some(cursor),
            ..Place::default()
        })
    }
}
