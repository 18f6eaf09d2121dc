//! A plain stream of events, and how it ended.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::model::Event;
use crate::position::checkpoint::Checkpoint;
use crate::stream::EventStream;

/// Reports how a plain stream of events ended; from [`EventStream::split`].
///
/// A future that is ready once the stream has ended or was dropped. It returns the checkpoint reached, or
/// the error that ended the stream early, which carries its checkpoint. Dropping the stream early isn't an
/// error; [`Checkpoint::state`] distinguishes it from a complete walk. Awaiting the outcome while holding
/// an unfinished stream never returns.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::StreamExt;
/// use journey_events::CheckpointState;
///
/// let (events, outcome) = client.session_events(&session).stream().split();
/// events.take(10).count().await; // dropped early
/// assert_eq!(outcome.await?.state(), CheckpointState::Within);
/// # Ok(()) });
/// ```
#[must_use = "a plain stream ends the same way on success and on error: await the outcome"]
pub struct Outcome(oneshot::Receiver<Result<Checkpoint, Error>>);

/// The plain stream.
struct PlainEvents {
    events: EventStream,
    report: Option<oneshot::Sender<Result<Checkpoint, Error>>>,
}

impl EventStream {
    /// Splits into a plain `Stream<Item = Event>`, for pipelines that want one, and an [`Outcome`] that
    /// reports how it ended.
    ///
    /// ```no_run
    /// # async fn run(client: journey_events::Client) -> journey_events::Result<()> {
    /// use futures::StreamExt;
    ///
    /// let (events, outcome) = client.session_events("5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60").stream().split();
    /// let count = events.count().await;
    /// outcome.await?; // the error, if the stream ended early
    /// println!("all {count} events");
    /// # Ok(())
    /// # }
    /// ```
    pub fn split(self) -> (impl Stream<Item = Event> + Send + Unpin + 'static, Outcome) {
        let (sender, receiver) = oneshot::channel();
        let events = PlainEvents {
            events: self,
            report: Some(sender),
        };
        (events, Outcome(receiver))
    }
}

impl PlainEvents {
    fn report(&mut self, result: Result<Checkpoint, Error>) {
        if let Some(report) = self.report.take() {
            // Fails if the user dropped the outcome.
            let _ = report.send(result);
        }
    }
}

impl Stream for PlainEvents {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let result = match ready!(Pin::new(&mut self.events).poll_next(cx)) {
            Some(Ok(event)) => return Poll::Ready(Some(event)),
            Some(Err(error)) => Err(error),
            None => Ok(self.events.checkpoint()),
        };
        self.report(result);
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.events.size_hint()
    }
}

impl Drop for PlainEvents {
    fn drop(&mut self) {
        let checkpoint = self.events.checkpoint();
        self.report(Ok(checkpoint));
    }
}

impl Future for Outcome {
    type Output = Result<Checkpoint, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|report| match report {
            Ok(result) => result,
            Err(_) => unreachable!("the stream reports when it ends and when it is dropped"),
        })
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome").finish_non_exhaustive()
    }
}
