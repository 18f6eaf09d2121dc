//! From conversation to conversation, for the journey sessions in them.
//!
//! ```text
//! search ─► slice ─► read ─► window ─► page received ─► next window, or a step back
//!   ▲         ▲                           │
//!   │         └── missed one: read again ─┤
//!   └──────────────── end: next slice ────┘
//! ```
//!
//! These pages are numbered, so they shift when a conversation before them appears or disappears. `window`
//! makes each page overlap the one before, by which `read` notices a shift and steps back until pages
//! overlap again. `slice` decides whether a read is complete. `search`, the state machine on top, is
//! carried out by `steps` below.

pub(crate) mod read;
pub(crate) mod search;
pub(crate) mod slice;
pub(crate) mod window;

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_stream::try_stream;
use futures::Stream;

use crate::decode::entity::{Entity, Malformed};
use crate::error::{Error, ErrorKind};
use crate::fetch::Fetcher;
use crate::fetch::conversation_query::ConversationQuery;
use crate::fetch::endpoint::Endpoint;
use crate::model::FoundSession;
use crate::model::conversation::Conversation;
use crate::model::interval::Interval;
use crate::position::digest::Digest;
use read::FoundPage;
use search::{Next, Search};
use slice::{FindError, MAX_READS};
use window::{MAX_RESULTS, Window};

type Steps = Pin<Box<dyn Stream<Item = Result<Conversation, Error>> + Send>>;

/// Which conversations are searched for sessions. All of it is checked.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    Conversation(String),
    Interval(Interval),
}

/// A search under way, and the sessions it has found.
pub(crate) struct Finding {
    conversations: Option<Steps>,
    /// The sessions of the latest conversation, in reverse.
    sessions: Vec<FoundSession>,
    yielded: HashSet<Digest>,
}

impl Finding {
    /// Prepares a search; nothing is sent before the first poll. If `scope` is an error, that is the only
    /// item.
    pub(crate) fn new(fetcher: Arc<Fetcher>, scope: Result<Scope, Error>) -> Self {
        let conversations: Steps = match scope {
            Err(error) => Box::pin(futures::stream::iter([Err(error)])),
            Ok(Scope::Conversation(id)) => Box::pin(futures::stream::once(async move {
                fetcher.conversation(&id).await
            })),
            Ok(Scope::Interval(interval)) => Box::pin(steps(fetcher, interval)),
        };
        Self {
            conversations: Some(conversations),
            sessions: Vec::new(),
            yielded: HashSet::new(),
        }
    }

    /// Polls for the next session that was not yielded yet; ends after an error.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<FoundSession, Error>>> {
        loop {
            while let Some(session) = self.sessions.pop() {
                if self.yielded.insert(Digest::of_id(session.id())) {
                    return Poll::Ready(Some(Ok(session)));
                }
            }
            let Some(conversations) = &mut self.conversations else {
                return Poll::Ready(None);
            };
            match ready!(conversations.as_mut().poll_next(cx)) {
                Some(Ok(conversation)) => {
                    self.sessions = conversation.sessions;
                    self.sessions.reverse();
                }
                end => {
                    self.conversations = None;
                    return Poll::Ready(end.and_then(Result::err).map(Err));
                }
            }
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.conversations.is_none()
    }
}

/// Carries out what the search wants next, until it ends. Every request runs in a task.
fn steps(
    fetcher: Arc<Fetcher>,
    interval: Interval,
) -> impl Stream<Item = Result<Conversation, Error>> + Send + 'static {
    try_stream!({
        let mut search = Search::new(interval);
        loop {
            match search.next() {
                Next::Page { slice, window } => {
                    let page = fetcher.conversations(query(slice, window)).await?;
                    let digest = |found: &Result<Conversation, Malformed>| match found {
                        Ok(conversation) => conversation.identity().digest(),
                        Err(malformed) => Digest::of_malformed(&malformed.json),
                    };
                    search.page_received(&FoundPage {
                        conversations: page.conversations.iter().map(digest).collect(),
                        total: page.total,
                    });
                    // What isn't a conversation names no session.
                    for conversation in page.conversations.into_iter().flatten() {
                        yield conversation;
                    }
                }
                Next::End => break,
                Next::Failed { slice, error } => Err(error.in_slice(slice))?,
            }
        }
    })
}

fn query(slice: Interval, window: Window) -> ConversationQuery {
    ConversationQuery {
        interval: slice.to_string(),
        page_size: window.size,
        page_number: window.number,
    }
}

impl FindError {
    /// The error a user sees.
    fn in_slice(self, slice: Interval) -> Error {
        let of = Endpoint::Conversations(slice.to_string());
        match self {
            Self::TooMany => Error::new(
                ErrorKind::TooLarge,
                format!("{of}: there are more than the {MAX_RESULTS} that can be listed"),
            ),
            Self::Shifting { read, total } => {
                let total = total.map_or_else(String::new, |total| format!(" of {total}"));
                let problem = format!("the pages changed during each of {MAX_READS} reads");
                Error::new(
                    ErrorKind::Shifting,
                    format!("{of}: {problem}; the last one got to {read}{total} conversations"),
                )
            }
            Self::Short { read, total } => Error::new(
                ErrorKind::Shifting,
                format!("{of}: the pages end after {read} of {total} conversations"),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
