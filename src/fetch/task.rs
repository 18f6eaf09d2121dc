//! Runs requests and waits in their own tasks. A consumer polls only the handle, so that a request, once
//! started, runs at the speed of the network however slow the consumer is.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::{BoxFuture, poll_fn};
use tokio::runtime::{self, Handle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::error::{Error, ErrorKind};

/// How long another runtime may take to run an empty task before it counts as idle, and how long after
/// an answer it is probed again.
const PROBE: Duration = Duration::from_secs(1);

/// A task that sends its results through a bounded channel. Dropping it aborts the task.
#[derive(Debug)]
pub(crate) struct Task<T> {
    results: mpsc::Receiver<T>,
    handle: AbortOnDrop<()>,
    runtime: Handle,
    /// Runs while the task is polled on a runtime other than its own, on that other one; ends once the
    /// task's runtime doesn't answer.
    probe: Option<(runtime::Id, AbortOnDrop<()>)>,
}

/// What a task has come to.
#[derive(Debug)]
pub(crate) enum Progress<T> {
    Result(T),
    /// The task has ended and all its results were returned.
    Finished,
    /// The task's runtime has gone, or is idle while the task is polled on another one.
    Lost,
}

impl<T: Send + 'static> Task<T> {
    /// Spawns a task on the current runtime, with the current span and subscriber. It may have `capacity`
    /// results that were not taken yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Runtime`] outside a tokio runtime.
    pub(crate) fn spawn<F>(
        capacity: usize,
        run: impl FnOnce(mpsc::Sender<T>) -> F,
    ) -> Result<Self, Error>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| outside_a_runtime())?;
        let (sender, results) = mpsc::channel(capacity);
        let task = run(sender).in_current_span().with_current_subscriber();
        Ok(Self {
            results,
            handle: AbortOnDrop(runtime.spawn(task)),
            runtime,
            probe: None,
        })
    }

    /// Polls for the next result. Results that arrived come first, whatever happened to the task.
    ///
    /// # Panics
    ///
    /// With the task's panic.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Progress<T>> {
        match self.results.poll_recv(cx) {
            Poll::Ready(Some(result)) => {
                self.probe = None;
                Poll::Ready(Progress::Result(result))
            }
            Poll::Ready(None) => Poll::Ready(match ready!(Pin::new(&mut self.handle.0).poll(cx)) {
                Ok(()) => Progress::Finished,
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                Err(_) => Progress::Lost,
            }),
            Poll::Pending => self.poll_runtime(cx),
        }
    }

    /// Notices that the task will not run, since its runtime isn't driven.
    fn poll_runtime(&mut self, cx: &mut Context<'_>) -> Poll<Progress<T>> {
        let Ok(current) = Handle::try_current() else {
            return Poll::Ready(Progress::Lost);
        };
        if current.id() == self.runtime.id() {
            self.probe = None;
            return Poll::Pending;
        }
        let probe = match &mut self.probe {
            Some((id, probe)) if *id == current.id() => probe,
            probe => {
                let task = current.spawn(until_it_is_idle(self.runtime.clone()));
                &mut probe.insert((current.id(), AbortOnDrop(task))).1
            }
        };
        ready!(Pin::new(&mut probe.0).poll(cx)).ok();
        Poll::Ready(Progress::Lost)
    }
}

/// Runs empty tasks on a runtime until one of them isn't run in time.
async fn until_it_is_idle(runtime: Handle) {
    while let Ok(Ok(())) = timeout(PROBE, runtime.spawn(async {})).await {
        sleep(PROBE).await;
    }
}

/// Runs a future in a task and returns its result. If the task's runtime has gone or is idle, the future is
/// made and run again on the one that polls.
///
/// Dropping the returned future aborts the task.
///
/// # Errors
///
/// [`ErrorKind::Runtime`] outside a tokio runtime, or on one that drops its tasks.
///
/// # Panics
///
/// With the task's panic.
pub(crate) async fn run<T: Send + 'static>(
    make: impl Fn() -> BoxFuture<'static, T>,
) -> Result<T, Error> {
    let start = || {
        Task::spawn(1, |sender| {
            // Here and not before: a timer can only be made within a runtime.
            let future = make();
            async move {
                // Fails if the task is not awaited any more.
                let _ = sender.send(future.await).await;
            }
        })
    };
    let mut task = start()?;
    poll_fn(|cx| {
        if let Progress::Result(result) = ready!(task.poll_next(cx)) {
            return Poll::Ready(Ok(result));
        }
        task = start()?;
        match ready!(task.poll_next(cx)) {
            Progress::Result(result) => Poll::Ready(Ok(result)),
            Progress::Finished | Progress::Lost => Poll::Ready(Err(runtime_ended())),
        }
    })
    .await
}

fn outside_a_runtime() -> Error {
    Error::new(ErrorKind::Runtime, "not polled within a tokio runtime")
}

/// The error where a task and its replacement were lost.
pub(crate) fn runtime_ended() -> Error {
    Error::new(ErrorKind::Runtime, "the tokio runtime of the request ended")
}

#[derive(Debug)]
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
