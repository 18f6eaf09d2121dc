//! PostgreSQL for threads that block.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures::future::BoxFuture;
use tokio::runtime::{Builder, EnterGuard, Runtime};

/// A runtime with a thread of its own. Any thread may wait for it, also one of another runtime, where
/// blocking on a future would panic.
#[derive(Debug)]
pub(crate) struct Blocking {
    /// Always there, except within `drop`.
    runtime: Option<Runtime>,
}

impl Blocking {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system can't.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("journey-events-postgres")
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Runs a future on the thread and waits for it. `None` if it panicked.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, is_done) = channel();
        self.runtime.as_ref()?.spawn(async move {
            let _ = done.send(future.await);
        });
        is_done.recv().ok()
    }

    /// Starts a future on the thread. Any thread may await the result: `None` if it panicked.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> BoxFuture<'static, Option<T>> {
        let task = self.runtime.as_ref().map(|runtime| runtime.spawn(future));
        Box::pin(async move { task?.await.ok() })
    }

    /// Makes timers that are started on this thread those of the runtime, until the guard is dropped.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        Some(self.runtime.as_ref()?.enter())
    }

    /// Waits for a future that may borrow, on this thread: what it awaits runs elsewhere.
    pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Drop for Blocking {
    /// Drops connections without waiting: within another runtime, waiting would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thread_of_another_runtime_may_wait_and_drop() {
        let blocking = Blocking::new().unwrap();
        let slept = blocking.run(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            7
        });
        assert_eq!(slept, Some(7));
        assert_eq!(blocking.run(async { panic!("as it should") }), None::<()>);
        assert_eq!(blocking.run(async { 8 }), Some(8));
    }
}
