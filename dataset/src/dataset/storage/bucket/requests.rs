//! Blocking requests to a store, on a runtime of their own, repeated when they fail.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use object_store::client::{HttpError, HttpErrorKind};
use tokio::runtime::{Builder, Runtime};

use super::error::{Meaning, meaning};
use crate::error::{Error, ErrorKind, Result};

/// How often a request is sent whose reply was lost. `object_store` repeats those that the store refused.
const ATTEMPTS: u32 = 6;
/// A transfer of so many bytes may outlast the time in which `object_store` repeats what the store refuses:
/// then it is repeated here.
const LONG: u64 = 1 << 20;
/// The first wait between attempts; each is twice as long.
const WAIT: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 100 });
/// How long an attempt may take, besides the transfer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The slowest transfer that isn't given up, in bytes per second: 64 MiB take 17 minutes.
const SLOWEST: u64 = 64 << 10;

/// Runs requests.
pub(super) struct Requests {
    /// Taken by drop alone.
    runtime: Option<Runtime>,
}

impl Requests {
    pub(super) fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("journey-events-store")
            .enable_all()
            .build()
            .map_err(|error| {
                let message = "can't start a thread for requests to the store";
                Error::new(ErrorKind::Unsupported, message).with_source(error)
            })?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Sends a request that transfers about `bytes`, and again while its reply is lost.
    ///
    /// Blocks on any thread, those of other runtimes included: nothing of this thread is polled.
    pub(super) fn run<T, F>(
        &self,
        bytes: u64,
        request: impl Fn() -> F + Send + 'static,
    ) -> object_store::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send,
    {
        let (sender, result) = mpsc::sync_channel(1);
        let repeated = async move {
            // Fails if this thread panicked meanwhile.
            let _ = sender.send(repeat(bytes, request).await);
        };
        if let Some(runtime) = &self.runtime {
            runtime.spawn(repeated);
        }
        result
            .recv()
            .unwrap_or_else(|_| Err(lost(HttpErrorKind::Unknown)))
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for its thread would panic within another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Returns how long an attempt may take.
fn allowed(bytes: u64) -> Duration {
    TIMEOUT + Duration::from_secs(bytes / SLOWEST)
}

async fn repeat<T, F: Future<Output = object_store::Result<T>>>(
    bytes: u64,
    request: impl Fn() -> F,
) -> object_store::Result<T> {
    let mut wait = WAIT;
    let mut attempt = 1;
    loop {
        let error = match tokio::time::timeout(allowed(bytes), request()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => lost(HttpErrorKind::Timeout),
        };
        let is_repeated = match meaning(&error) {
            Meaning::Transient => true,
            Meaning::Unavailable => bytes >= LONG,
            _ => false,
        };
        if attempt == ATTEMPTS || !is_repeated {
            return Err(error);
        }
        attempt += 1;
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}

fn lost(kind: HttpErrorKind) -> object_store::Error {
    let source = match kind {
        HttpErrorKind::Timeout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Interrupted,
    };
    object_store::Error::Generic {
        store: "store",
        source: Box::new(HttpError::new(kind, io::Error::from(source))),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn of_status(status: u16) -> object_store::Error {
        let text = format!("Server returned non-2xx status code: {status} Busy: ");
        let cause = std::io::Error::other(text);
        object_store::Error::Generic {
            store: "test",
            source: Box::new(Between(cause)),
        }
    }

    /// An error between, as `object_store` has one.
    #[derive(Debug, thiserror::Error)]
    #[error("failed")]
    struct Between(#[source] std::io::Error);

    async fn attempts(bytes: u64, error: fn() -> object_store::Error) -> u32 {
        let sent = Cell::new(0);
        let failed = repeat::<(), _>(bytes, || {
            sent.set(sent.get() + 1);
            std::future::ready(Err(error()))
        });
        failed.await.unwrap_err();
        sent.get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_reply_is_repeated_and_what_was_refused_for_long_is_not() {
        assert_eq!(
            attempts(0, || lost(HttpErrorKind::Interrupted)).await,
            ATTEMPTS
        );
        assert_eq!(attempts(0, || lost(HttpErrorKind::Timeout)).await, ATTEMPTS);
        assert_eq!(attempts(0, || lost(HttpErrorKind::Connect)).await, 1);
        assert_eq!(attempts(0, || of_status(503)).await, 1);
        assert_eq!(attempts(64 << 20, || of_status(503)).await, ATTEMPTS);
        assert_eq!(attempts(64 << 20, || of_status(403)).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_put_has_the_time_of_a_slow_link_and_a_small_one_ends_soon() {
        for (bytes, seconds, ends) in [(64 << 20, 900, true), (0, 29, true), (0, 31, false)] {
            let slow = repeat(bytes, || async {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(())
            });
            assert_eq!(slow.await.is_ok(), ends, "{bytes} bytes in {seconds} s");
        }
    }
}
