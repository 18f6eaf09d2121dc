//! Fetching pages while the consumer works on earlier ones.

use async_stream::stream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::error::{Error, ErrorKind};

/// Runs `steps` in a task of its own, at most `pages` items ahead of what was taken.
///
/// The task starts with the first poll and is aborted when the stream is dropped.
///
/// A task that dies is no end of the walk: its panic goes on here, and if its runtime was shut down,
/// the last item is an error.
pub(crate) fn read_ahead<T: Send + 'static>(
    steps: impl Stream<Item = Result<T, Error>> + Send + 'static,
    pages: usize,
) -> impl Stream<Item = Result<T, Error>> + Send + 'static {
    stream!({
        let (sender, mut receiver) = mpsc::channel(pages);
        let task = async move {
            let mut steps = std::pin::pin!(steps);
            // The place in the channel comes before the request: what waits there and what is on its
            // way are never more than `pages` together.
            while let Ok(place) = sender.reserve().await {
                let Some(step) = steps.next().await else {
                    break;
                };
                place.send(step);
            }
        };
        let mut task = AbortOnDrop(tokio::spawn(task.in_current_span()));
        while let Some(step) = receiver.recv().await {
            yield step;
        }
        if let Err(died) = (&mut task.0).await {
            if died.is_panic() {
                std::panic::resume_unwind(died.into_panic());
            }
            let what = "the runtime that read ahead was shut down";
            yield Err(Error::new(ErrorKind::Transport, what));
        }
    })
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::TryStreamExt;

    use super::*;

    /// Lets every other task run until it waits.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn at_most_the_pages_asked_for_are_fetched_ahead() {
        let fetched = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fetched);
        let steps = futures::stream::iter((0..10).map(Ok)).inspect(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let mut ahead = Box::pin(read_ahead(steps, 2));
        settle().await;
        assert_eq!(
            fetched.load(Ordering::Relaxed),
            0,
            "nothing before the first poll"
        );
        for taken in 1..=8 {
            assert_eq!(ahead.next().await.unwrap().unwrap(), taken - 1);
            settle().await;
            assert_eq!(fetched.load(Ordering::Relaxed), taken + 2);
        }
        let rest: Vec<_> = ahead.try_collect().await.unwrap();
        assert_eq!(rest, [8, 9]);
    }

    #[tokio::test]
    async fn dropping_the_stream_drops_what_is_under_way() {
        let under_way = Arc::new(1);
        let held = Arc::clone(&under_way);
        let steps =
            futures::stream::once(async { Ok(1) }).chain(futures::stream::once(async move {
                std::future::pending::<()>().await;
                Ok(*held)
            }));
        let mut ahead = Box::pin(read_ahead(steps, 1));
        assert_eq!(ahead.next().await.unwrap().unwrap(), 1);
        settle().await;
        assert_eq!(Arc::strong_count(&under_way), 2);
        drop(ahead);
        settle().await;
        assert_eq!(Arc::strong_count(&under_way), 1);
    }

    #[tokio::test]
    #[should_panic(expected = "in the task")]
    async fn a_panic_of_the_task_is_no_end_of_the_walk() {
        let steps = futures::stream::once(async { Ok(1) })
            .chain(futures::stream::once(async { panic!("in the task") }));
        let ahead = read_ahead(steps, 1);
        let _ = ahead.try_collect::<Vec<i32>>().await;
    }

    #[test]
    fn a_runtime_that_is_shut_down_is_an_error() {
        let new_runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
        };
        let steps = futures::stream::iter([Ok(1)]).chain(futures::stream::pending());
        let mut ahead = Box::pin(read_ahead(steps, 1));
        let first = new_runtime();
        assert_eq!(first.block_on(ahead.next()).unwrap().unwrap(), 1);
        drop(first);
        let error = new_runtime().block_on(ahead.next()).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}
