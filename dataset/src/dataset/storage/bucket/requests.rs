//! Blocking requests to a store, on a runtime of their own, repeated while the store is unavailable.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use object_store::client::{HttpError, HttpErrorKind};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep, timeout};

use super::error::{Meaning, cause, check, meaning};
use crate::dataset::location::Scheme;
use crate::error::{Error, ErrorKind, Result};
use crate::waiting::{Delay, REPORT, Service, Waiting};

/// How long an attempt may take, besides the transfer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The slowest transfer that isn't given up, in bytes per second: 64 MiB take 17 minutes.
const SLOWEST: u64 = 64 << 10;
/// The store, when it can't be reached or keeps failing.
const STORE: Service = Service {
    name: "store",
    brief: if cfg!(test) {
        Duration::from_millis(50)
    } else {
        Duration::from_secs(20)
    },
};

/// Runs requests.
pub(super) struct Requests {
    /// Taken by drop alone.
    runtime: Option<Runtime>,
    waiting: Waiting,
    /// Of the store, for what to do about it.
    scheme: Scheme,
}

impl Requests {
    pub(super) fn new(scheme: Scheme, waiting: &Waiting) -> Result<Self> {
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
            waiting: waiting.clone(),
            scheme,
        })
    }

    /// Sends a request that transfers about `bytes`, and again while the store is unavailable.
    ///
    /// Blocks on any thread, those of other runtimes included: nothing of this thread is polled.
    pub(super) fn run<T, F>(
        &self,
        bytes: u64,
        request: impl Fn() -> F + Send + Sync + 'static,
    ) -> object_store::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send,
    {
        let (waiting, scheme) = (self.waiting.clone(), self.scheme);
        self.block_on(async move {
            let attempt = |_| within(&waiting, allowed(bytes), request());
            repeat(&waiting, scheme, expected(bytes), attempt).await
        })
    }

    /// Collects a listing, and again while the store is unavailable. It may be of any length: what is bounded is the
    /// time until the next item.
    pub(super) fn collect<T: Send + 'static>(
        &self,
        listing: impl Fn() -> BoxStream<'static, object_store::Result<T>> + Send + Sync + 'static,
    ) -> object_store::Result<Vec<T>> {
        let (waiting, scheme) = (self.waiting.clone(), self.scheme);
        self.block_on(async move {
            let attempt = |progress| items(&waiting, progress, listing());
            repeat(&waiting, scheme, TIMEOUT, attempt).await
        })
    }

    fn block_on<T: Send + 'static>(
        &self,
        requests: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> object_store::Result<T> {
        let (sender, result) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // Fails if this thread panicked meanwhile.
                let _ = sender.send(requests.await);
            });
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

/// Returns how long an attempt may take before the store is said to be silent: 1 MiB per second is slow.
fn expected(bytes: u64) -> Duration {
    TIMEOUT + Duration::from_secs(bytes >> 20)
}

/// When something last arrived of an answer.
type Progress = Arc<Mutex<Instant>>;

/// Waits for an attempt, for so long at most.
async fn within<T>(
    waiting: &Waiting,
    limit: Duration,
    attempt: impl Future<Output = object_store::Result<T>>,
) -> object_store::Result<T> {
    tokio::select! {
        biased;
        result = attempt => result,
        () = sleep(limit) => Err(lost(HttpErrorKind::Timeout)),
        () = waiting.lapsed() => Err(lost(HttpErrorKind::Timeout)),
    }
}

/// Collects a listing once.
async fn items<T>(
    waiting: &Waiting,
    progress: Progress,
    mut listing: BoxStream<'static, object_store::Result<T>>,
) -> object_store::Result<Vec<T>> {
    let listed = async {
        let mut items = Vec::new();
        loop {
            match timeout(TIMEOUT, listing.try_next()).await {
                Ok(Ok(Some(item))) => {
                    items.push(item);
                    *progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                }
                Ok(Ok(None)) => return Ok(items),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(lost(HttpErrorKind::Timeout)),
            }
        }
    };
    tokio::select! {
        biased;
        listed = listed => listed,
        () = waiting.lapsed() => Err(lost(HttpErrorKind::Timeout)),
    }
}

/// Attempts it while the store is unavailable, as long as that is waited for.
async fn repeat<T, F: Future<Output = object_store::Result<T>>>(
    waiting: &Waiting,
    scheme: Scheme,
    expected: Duration,
    attempt: impl Fn(Progress) -> F,
) -> object_store::Result<T> {
    let mut absence = waiting.absence(&STORE);
    loop {
        let began = Instant::now();
        let progress = Arc::new(Mutex::new(began));
        let hanging = async {
            loop {
                let since = *progress.lock().unwrap_or_else(PoisonError::into_inner);
                if since.elapsed() >= expected {
                    absence.report(since, delay(scheme, "it hasn't answered yet".to_owned()));
                }
                sleep(REPORT).await;
            }
        };
        let result = tokio::select! {
            biased;
            result = attempt(Arc::clone(&progress)) => result,
            never = hanging => never,
        };
        let error = match result {
            Err(error) if meaning(&error) == Meaning::Unavailable => error,
            result => return result,
        };
        // A longer attempt may have been a slow transfer.
        absence.began(began + began.elapsed().saturating_sub(TIMEOUT));
        if !absence.wait(delay(scheme, cause(&error))).await {
            return Err(error);
        }
    }
}

fn delay(scheme: Scheme, cause: String) -> impl FnOnce(Duration) -> Delay {
    move |waited| Delay::StoreUnavailable {
        waited,
        cause,
        next: check(scheme).to_owned(),
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
    use std::future::{pending, ready};

    use futures::stream::{self, StreamExt as _};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

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

    /// What a run waits with.
    fn endless() -> Waiting {
        let waiting = Waiting::new(Arc::new(|_| ()));
        std::mem::forget(waiting.endless());
        waiting
    }

    fn begun() -> Progress {
        Arc::new(Mutex::new(Instant::now()))
    }

    fn brief() -> Waiting {
        Waiting::new(Arc::new(|_| ()))
    }

    /// How often a request is sent that fails for a minute.
    async fn attempts(waiting: &Waiting, error: fn() -> object_store::Error) -> (u32, bool) {
        let (sent, began) = (Cell::new(0), Instant::now());
        let done = repeat(waiting, Scheme::S3, TIMEOUT, |_| {
            sent.set(sent.get() + 1);
            let is_back = began.elapsed() >= MINUTE;
            ready(if is_back { Ok(()) } else { Err(error()) })
        });
        let is_done = done.await.is_ok();
        (sent.get(), is_done)
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_repeats_what_an_unavailable_store_fails_and_nothing_that_it_refuses() {
        let unavailable: [fn() -> object_store::Error; 4] = [
            || lost(HttpErrorKind::Interrupted),
            || lost(HttpErrorKind::Timeout),
            || lost(HttpErrorKind::Connect),
            || of_status(503),
        ];
        for error in unavailable {
            let (sent, is_done) = attempts(&endless(), error).await;
            assert!(is_done && (10..30).contains(&sent), "{sent}: {:?}", error());
            let (sent, is_done) = attempts(&brief(), error).await;
            assert!(!is_done && (2..5).contains(&sent), "{sent}: {:?}", error());
        }
        assert_eq!(attempts(&endless(), || of_status(403)).await, (1, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_away_is_reported_every_few_seconds() {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let waiting = Waiting::new(Arc::new(move |delay| seen.lock().unwrap().push(delay)));
        let _endless = waiting.endless();
        attempts(&waiting, || of_status(503)).await;
        let reports = reports.lock().unwrap();
        let Some(Delay::StoreUnavailable {
            waited: first,
            cause,
            ..
        }) = reports.first()
        else {
            panic!("{reports:?}");
        };
        assert!((5..10).contains(&first.as_secs()), "{first:?}");
        assert_eq!(cause, "status 503");
        assert!((10..=12).contains(&reports.len()), "{reports:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_given_up_within_a_second_once_waiting_is() {
        let waiting = endless();
        let hanging = |_| within(&waiting, MINUTE, pending::<object_store::Result<()>>());
        let failing = |_| async { Err::<(), _>(of_status(503)) };
        // While it hangs, while it is waited for, and one that begins later.
        let (hung, failed, ()) = tokio::join!(
            repeat(&waiting, Scheme::S3, TIMEOUT, hanging),
            repeat(&waiting, Scheme::S3, TIMEOUT, failing),
            async {
                sleep(MINUTE / 2).await;
                std::mem::forget(waiting.give_up());
            }
        );
        assert!(hung.is_err() && failed.is_err());
        let began = Instant::now();
        assert!(
            repeat(&waiting, Scheme::S3, TIMEOUT, hanging)
                .await
                .is_err()
        );
        assert!(began.elapsed() < Duration::from_secs(1));
        // It may well answer.
        let quick = |_| within(&waiting, MINUTE, ready(Ok(())));
        assert!(repeat(&waiting, Scheme::S3, TIMEOUT, quick).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_put_has_the_time_of_a_slow_link_and_a_small_one_ends_soon() {
        for (bytes, seconds, ends) in [(64 << 20, 900, true), (0, 9, true), (0, 11, false)] {
            let waiting = brief();
            let slow = repeat(&waiting, Scheme::S3, TIMEOUT, |_| {
                within(&waiting, allowed(bytes), async {
                    sleep(Duration::from_secs(seconds)).await;
                    Ok(())
                })
            });
            assert_eq!(slow.await.is_ok(), ends, "{bytes} bytes in {seconds} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_may_take_long_but_not_its_next_item() {
        let every = |seconds| {
            let numbers = stream::iter(0..100).then(move |number| async move {
                sleep(Duration::from_secs(seconds)).await;
                Ok(number)
            });
            numbers.boxed()
        };
        let listed = items(&brief(), begun(), every(9)).await.unwrap();
        assert_eq!(listed.len(), 100);
        let began = Instant::now();
        items(&brief(), begun(), every(11)).await.unwrap_err();
        assert_eq!(began.elapsed(), TIMEOUT);
    }
}
