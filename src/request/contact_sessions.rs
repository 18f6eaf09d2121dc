//! The request for the sessions of an external contact.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use futures::stream::FusedStream;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::endpoint::Collection;
use crate::fetch::endpoint::Query;
use crate::model::Session;
use crate::paging::walk::{Plan, Walk};
use crate::position::checkpoint::{Place, WalkId};
use crate::position::cursor::Direction;
use crate::request::validate::{MAX_LIMIT, check_id, check_limit};

/// A request for the journey sessions of one external contact, made by
/// [`Client::contact_sessions`](crate::Client::contact_sessions).
///
/// The same walk as that of a session's events: pages are followed lazily, under the client's quota and
/// retries. Nothing is sent until a stream of it is polled; what is not allowed is the error of that
/// first poll.
#[derive(Clone)]
#[must_use = "nothing is requested until a stream of it is polled"]
pub struct ContactSessions {
    fetcher: Arc<Fetcher>,
    contact: String,
    limit: u32,
    include_merged: Option<bool>,
}

impl ContactSessions {
    pub(crate) fn new(fetcher: Arc<Fetcher>, contact: String) -> Self {
        Self {
            fetcher,
            contact,
            limit: MAX_LIMIT,
            include_merged: None,
        }
    }

    /// Sessions a request: 200 by default, which is also the cap that a larger number is lowered to.
    /// Zero is an error.
    pub fn limit(mut self, sessions: u32) -> Self {
        self.limit = sessions;
        self
    }

    /// Whether sessions of the contacts that were merged into this one come too. The service decides if
    /// this is not set.
    pub fn include_merged(mut self, included: bool) -> Self {
        self.include_merged = Some(included);
        self
    }

    /// The sessions, one by one.
    #[must_use]
    pub fn stream(self) -> SessionStream {
        let id = WalkId {
            service: self.fetcher.api.as_str().trim_end_matches('/').to_owned(),
            session: self.contact.clone(),
            direction: Direction::After,
            event_types: Vec::new(),
        };
        let plan = self.plan();
        SessionStream {
            walk: Walk::new(self.fetcher, id, plan),
            sessions: Vec::new().into_iter(),
        }
    }

    fn plan(&self) -> Result<Plan, Error> {
        check_id("contact", &self.contact)?;
        check_limit(self.limit)?;
        let merged = self.include_merged;
        Ok(Plan {
            query: Query {
                of: Collection::ContactSessions(self.contact.clone()),
                limit: self.limit.min(MAX_LIMIT),
                direction: Direction::After,
                filters: Vec::from_iter(merged.map(|merged| format!("includeMerged={merged}"))),
            },
            start: Place::default(),
            read_ahead: 0,
            follow: None,
        })
    }
}

impl fmt::Debug for ContactSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactSessions")
            .field("contact", &self.contact)
            .field("limit", &self.limit)
            .field("include_merged", &self.include_merged)
            .finish_non_exhaustive()
    }
}

/// Every session of an external contact, made by [`ContactSessions::stream`].
///
/// Lazy and fused; an error is the last item, and the sessions before it were all given out.
pub struct SessionStream {
    walk: Walk<Session>,
    sessions: vec::IntoIter<Session>,
}

impl Stream for SessionStream {
    type Item = Result<Session, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(session) = self.sessions.next() {
                let is_last_of_page = self.sessions.as_slice().is_empty();
                self.walk.gave(&session, is_last_of_page);
                return Poll::Ready(Some(Ok(session)));
            }
            match ready!(self.walk.poll_page(cx)) {
                Some(Ok(page)) => self.sessions = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl FusedStream for SessionStream {
    fn is_terminated(&self) -> bool {
        self.walk.is_finished()
    }
}

impl fmt::Debug for SessionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStream").finish_non_exhaustive()
    }
}
