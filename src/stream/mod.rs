//! The streams a user consumes: one poll loop behind all of them.

pub(crate) mod outcome;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use futures::stream::FusedStream;

use crate::decode::entity::Entity;
use crate::error::{Error, ErrorKind};
use crate::model::{Event, Session};
use crate::paging::Paging;
use crate::paging::page::Page;
use crate::position::checkpoint::Checkpoint;

/// Every event of a session, each once and in order.
///
/// Returned by [`SessionEvents::stream`](crate::SessionEvents::stream). Nothing is sent before the first
/// poll, and a page is fetched when the one before it has been consumed, or ahead of that with
/// [`read_ahead`](crate::SessionEvents::read_ahead). An error is the last item: all events before it have
/// been yielded, and [`Error::checkpoint`] resumes after them. The stream is fused.
///
/// # Cancellation
///
/// Dropping the future of `next()` loses nothing: the request continues, and its response is used at the
/// next poll. Dropping the stream cancels its request and frees its place in the queue for a permit.
///
/// # Runtime
///
/// It must be polled within a tokio runtime that has I/O and time enabled, and may be moved to another
/// one: a request whose runtime was shut down or stays idle for 1 s is made again on the current one.
/// Polled outside a runtime, it ends with [`ErrorKind::Runtime`].
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::TryStreamExt;
///
/// let mut events = client.session_events(&session).stream();
/// while let Some(event) = events.try_next().await? {
///     println!("{} {}", event.event_type(), event.id().unwrap_or("-"));
/// }
/// assert_eq!(client.stats().events, 450);
/// # Ok(()) });
/// ```
pub struct EventStream(Entities<Event>);

/// Every journey session of an external contact, each once and in the service's order.
///
/// Returned by [`ContactSessions::stream`](crate::ContactSessions::stream). Lazy, fused and cancelled as
/// [`EventStream`] is.
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
pub struct SessionStream(Entities<Session>);

/// The same walk as [`EventStream`] or [`SessionStream`], a [`Page`] an item.
///
/// Returned by [`SessionEvents::pages`](crate::SessionEvents::pages) and
/// [`ContactSessions::pages`](crate::ContactSessions::pages). Empty pages are items too.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::TryStreamExt;
///
/// // The events of a page and the checkpoint after it are stored together.
/// let mut pages = client.session_events(&session).pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{} events, then {:?}", page.events().len(), pages.checkpoint());
/// }
/// # Ok(()) });
/// ```
pub struct PageStream<T = Event> {
    paging: Paging<T>,
}

/// The stream behind [`EventStream`] and [`SessionStream`].
struct Entities<T> {
    paging: Paging<T>,
    page: vec::IntoIter<T>,
}

impl<T: Entity> Entities<T> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(entity) = self.page.next() {
                self.paging.yielded();
                return Poll::Ready(Some(Ok(entity)));
            }
            match ready!(self.paging.poll_page(cx)) {
                Some(Ok(page)) => self.page = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

fn poll_page<T: Entity>(
    paging: &mut Paging<T>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Page<T>, Error>>> {
    let page = ready!(paging.poll_page(cx));
    if let Some(Ok(page)) = &page {
        page.entities.iter().for_each(|_| paging.yielded());
    }
    Poll::Ready(page)
}

/// The public face of both streams for one kind of entity.
macro_rules! streams {
    ($stream:ident, $entity:ident) => {
        impl $stream {
            pub(crate) fn new(paging: Paging<$entity>) -> Self {
                Self(Entities {
                    paging,
                    page: Vec::new().into_iter(),
                })
            }

            /// Returns the checkpoint just after the last item the stream yielded, at any time, also
            /// after an error or the end.
            ///
            /// ```
            /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
            /// # documented::emulated(|client, [session, contact, _]| async move {
            /// use futures::TryStreamExt;
            ///
            /// let mut events = client.session_events(&session).stream();
            /// events.try_next().await?;
            /// assert_eq!(events.checkpoint().yielded(), 1);
            /// let mut sessions = client.contact_sessions(&contact).stream();
            /// assert_eq!(sessions.checkpoint().yielded(), 0);
            /// sessions.try_next().await?;
            /// assert_eq!(sessions.checkpoint().yielded(), 1);
            /// # Ok(()) });
            /// ```
            #[must_use]
            pub fn checkpoint(&self) -> Checkpoint {
                self.0.paging.checkpoint()
            }
        }

        impl Stream for $stream {
            type Item = Result<$entity, Error>;

            fn poll_next(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                self.0.poll_next(cx)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.0.page.len(), None)
            }
        }

        impl FusedStream for $stream {
            fn is_terminated(&self) -> bool {
                self.0.paging.is_finished()
            }
        }

        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($stream))
                    .field("checkpoint", &self.checkpoint())
                    .finish_non_exhaustive()
            }
        }

        impl PageStream<$entity> {
            pub(crate) fn new(paging: Paging<$entity>) -> Self {
                Self { paging }
            }

            /// Returns the checkpoint just after the last page the stream yielded, at any time, also
            /// after an error or the end.
            ///
            /// ```
            /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
            /// # documented::emulated(|client, [session, ..]| async move {
            /// use futures::TryStreamExt;
            ///
            /// let mut pages = client.session_events(&session).pages();
            /// pages.try_next().await?;
            /// let rest = client.session_events(&session).resume(pages.checkpoint()).pages();
            /// assert_eq!(rest.try_collect::<Vec<_>>().await?.len(), 2);
            /// # Ok(()) });
            /// ```
            #[must_use]
            pub fn checkpoint(&self) -> Checkpoint {
                self.paging.checkpoint()
            }

            /// Fetches the first page alone. Its errors resume at its start.
            pub(crate) async fn first(mut self) -> Result<Page<$entity>, Error> {
                let start = self.checkpoint();
                let mut first = futures::StreamExt::next(&mut self).await;
                if self.paging.ends_in_error() && matches!(first, Some(Ok(_))) {
                    first = futures::StreamExt::next(&mut self).await;
                }
                match first {
                    Some(Ok(page)) => Ok(page),
                    Some(Err(error)) => Err(error.with_checkpoint(start)),
                    None => Err(Error::new(
                        ErrorKind::UnexpectedResponse,
                        "the walk ended without a page",
                    )),
                }
            }
        }

        impl Stream for PageStream<$entity> {
            type Item = Result<Page<$entity>, Error>;

            fn poll_next(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                poll_page(&mut self.paging, cx)
            }
        }

        impl FusedStream for PageStream<$entity> {
            fn is_terminated(&self) -> bool {
                self.paging.is_finished()
            }
        }
    };
}

streams!(EventStream, Event);
streams!(SessionStream, Session);

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("checkpoint", &self.paging.checkpoint())
            .finish_non_exhaustive()
    }
}
