//! The request for a session's events, and what it may ask for.

use std::fmt;
use std::sync::Arc;

use futures::StreamExt;

use crate::checkpoint::{Checkpoint, Place, WalkId};
use crate::cursor::{Cursor, Direction};
use crate::error::{Error, ErrorKind};
use crate::fetch::{Fetcher, Query};
use crate::page::Page;
use crate::stream::{EventStream, PageStream};
use crate::walk::{Plan, Walk};

/// Most events a request, the service's own cap.
const MAX_LIMIT: u32 = 200;
/// Most pages fetched ahead: 64 pages of 200 events of 2 KB are 25 MB.
const MAX_READ_AHEAD: usize = 64;
/// Longest session id and event type, in bytes.
const MAX_NAME: usize = 256;

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

    fn walk(self) -> Walk {
        let id = WalkId {
            service: self.fetcher.api.as_str().trim_end_matches('/').to_owned(),
            session: self.session.clone(),
            direction: self.direction(),
            event_types: match &self.resume {
                Some(checkpoint) if self.event_types.is_empty() => {
                    checkpoint.walk.event_types.clone()
                }
                _ => self.event_types.clone(),
            },
        };
        let plan = self.plan(&id);
        Walk::new(self.fetcher, id, plan)
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
        check_session_id(&self.session)?;
        if self.limit == 0 {
            return Err(Error::invalid_input(format!(
                "limit is 0; allowed is 1 to {MAX_LIMIT} events a request"
            )));
        }
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
                session: self.session.clone(),
                limit: self.limit.min(MAX_LIMIT),
                direction: id.direction,
                event_types: id.event_types.clone(),
            },
            start: self.start(id)?,
            read_ahead: self.read_ahead,
        })
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

/// Session ids are UUIDs; anything that stays one path segment as it stands is let through.
fn check_session_id(id: &str) -> Result<(), Error> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_allowed = (1..=MAX_NAME).contains(&id.len())
        && id.bytes().all(is_unreserved)
        && id.bytes().any(|byte| byte != b'.');
    if is_allowed {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "session id {} is not allowed; expected is a UUID such as \
         5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 (letters, digits and -._~, at most {MAX_NAME})",
        shortened(id)
    )))
}

fn check_event_type(name: &str) -> Result<(), Error> {
    let is_allowed = (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_allowed {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "event type {} is not allowed; expected is a name such as com.genesys.journey.WebEvent",
        shortened(name)
    )))
}

/// A text in quotes, escaped, and not all of it if it is long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

fn check_same_walk(checkpoint: &WalkId, request: &WalkId) -> Result<(), Error> {
    for (what, theirs, ours) in [
        ("session", &checkpoint.session, &request.session),
        ("service", &checkpoint.service, &request.service),
        (
            "set of event types",
            &checkpoint.event_types.join(","),
            &request.event_types.join(","),
        ),
    ] {
        if theirs != ours {
            return Err(Error::invalid_input(format!(
                "the checkpoint is of another {what}, {}; this request is for {}",
                shortened(theirs),
                shortened(ours)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_that_is_no_path_segment_is_refused() {
        let long = "a".repeat(257);
        for id in [
            "", ".", "..", "...", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é", "a\n", "a\0", &long,
        ] {
            let error = check_session_id(id).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id:?}");
            assert!(error.to_string().len() < 400, "{error}");
        }
        for id in [
            "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60",
            "s",
            "a.b_c~d",
            &long[1..],
        ] {
            check_session_id(id).unwrap();
        }
    }

    #[test]
    fn an_event_type_that_would_change_the_query_is_refused() {
        for name in ["", "a,b", "a&limit=1", "a b", "é"] {
            assert!(check_event_type(name).is_err(), "{name:?}");
        }
        check_event_type("com.genesys.journey.WebEvent").unwrap();
    }
}
