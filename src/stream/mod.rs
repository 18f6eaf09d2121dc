//! The streams that a walk is consumed through.

pub(crate) mod outcome;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use futures::stream::FusedStream;

use crate::error::Error;
use crate::model::Event;
use crate::paging::page::Page;
use crate::paging::walk::Walk;
use crate::position::checkpoint::Checkpoint;
use crate::stream::outcome::Outcome;

/// Every event of a session, each exactly once, in order, page after page as they are consumed.
///
/// Made by [`SessionEvents::stream`](crate::SessionEvents::stream). Nothing is sent before the first
/// poll, and no page is fetched before the one in front of it was consumed, unless
/// [read-ahead](crate::SessionEvents::read_ahead) is asked for. An error is the last item: the events
/// before it were all given out, and [`Error::checkpoint`] is the place to go on from. After its end
/// the stream is and stays `None`.
///
/// # Cancellation
///
/// Dropping the future of `next()` loses nothing: the request goes on at the next poll. Dropping the
/// stream ends its request and gives up its place in the queue for the rate limit.
///
/// # Runtime
///
/// It must be polled within a tokio runtime that has I/O and time enabled.
pub struct EventStream {
    walk: Walk<Event>,
    events: vec::IntoIter<Event>,
}

impl EventStream {
    pub(crate) fn new(walk: Walk<Event>) -> Self {
        Self {
            walk,
            events: Vec::new().into_iter(),
        }
    }

    /// The place behind the last event that was given out, at any time, also after an error or the
    /// end.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.walk.checkpoint()
    }

    /// The same as a plain `Stream<Item = Event>`, for pipelines that want one, and an [`Outcome`]
    /// that says how it ended.
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client) -> journey_events::Result<()> {
    /// use futures::StreamExt;
    ///
    /// let (events, outcome) = client.session_events("5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60").stream().events();
    /// let count = events.count().await;
    /// outcome.await?; // the error, if the stream ended early
    /// println!("all {count} events");
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(self) -> (impl Stream<Item = Event> + Send + Unpin + 'static, Outcome) {
        outcome::split(self)
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.events.next() {
                let is_last_of_page = self.events.as_slice().is_empty();
                self.walk.gave(&event, is_last_of_page);
                return Poll::Ready(Some(Ok(event)));
            }
            match ready!(self.walk.poll_page(cx)) {
                Some(Ok(page)) => self.events = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.events.len(), None)
    }
}

impl FusedStream for EventStream {
    fn is_terminated(&self) -> bool {
        self.walk.is_finished()
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("checkpoint", &self.checkpoint())
            .finish_non_exhaustive()
    }
}

/// The pages of a session: the same walk as [`EventStream`], a [`Page`] an item.
///
/// Made by [`SessionEvents::pages`](crate::SessionEvents::pages). Empty pages come out too.
pub struct PageStream {
    walk: Walk<Event>,
}

impl PageStream {
    pub(crate) fn new(walk: Walk<Event>) -> Self {
        Self { walk }
    }

    /// The place behind the last page that was given out, at any time, also after an error or the
    /// end.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.walk.checkpoint()
    }

    /// Whether the page that came last is cut short by an error, which is the next item.
    pub(crate) fn is_broken(&self) -> bool {
        self.walk.is_broken()
    }
}

impl Stream for PageStream {
    type Item = Result<Page, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = ready!(self.walk.poll_page(cx));
        if let Some(Ok(page)) = &page {
            for (index, event) in page.events().iter().enumerate() {
                self.walk.gave(event, index + 1 == page.events().len());
            }
        }
        Poll::Ready(page)
    }
}

impl FusedStream for PageStream {
    fn is_terminated(&self) -> bool {
        self.walk.is_finished()
    }
}

impl fmt::Debug for PageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("checkpoint", &self.checkpoint())
            .finish_non_exhaustive()
    }
}
