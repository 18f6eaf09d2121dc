//! A quota that the user implements: requested from once per request, settled for each, and obeyed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout};

use super::memory::{MemoryServer, Reply, session_page};
use super::session::SESSION;
use crate::Settled::{self, Answered, NotSent, Unanswered};
use crate::fetch::failure::Cause;
use crate::{Activity, Error, ErrorKind, Permit, Quota, RetryPolicy, Waiting};

/// Grants permits unless paused, and records how they ended.
#[derive(Clone, Debug)]
struct RecordingQuota {
    settled: Arc<Mutex<Vec<Settled>>>,
    paused_until: Arc<Mutex<Instant>>,
    valid_for: Arc<Mutex<Vec<Duration>>>,
    /// A pause that starts with the next permit, as if another process had met a 429.
    pause_with_permit: Arc<Mutex<Option<Duration>>>,
}

impl RecordingQuota {
    fn new() -> Self {
        Self {
            settled: Arc::default(),
            paused_until: Arc::new(Mutex::new(Instant::now())),
            valid_for: Arc::default(),
            pause_with_permit: Arc::default(),
        }
    }

    fn settled(&self) -> Vec<Settled> {
        self.settled.lock().unwrap().clone()
    }
}

impl Quota for RecordingQuota {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        Box::pin(async {
            let until = *self.paused_until.lock().unwrap();
            sleep_until(until).await;
            if let Some(wait) = self.pause_with_permit.lock().unwrap().take() {
                self.pause(wait);
            }
            let valid_for = self.valid_for.lock().unwrap().pop();
            let settled = Arc::clone(&self.settled);
            let settle = move |end| settled.lock().unwrap().push(end);
            Ok(Permit::new(valid_for.unwrap_or(Duration::MAX), settle))
        })
    }

    fn pause(&self, wait: Duration) {
        let mut until = self.paused_until.lock().unwrap();
        *until = (*until).max(Instant::now() + wait);
    }

    fn activity(&self) -> Activity {
        let until = *self.paused_until.lock().unwrap();
        let left = until.saturating_duration_since(Instant::now());
        Activity {
            permits_left: None,
            waiting: (!left.is_zero()).then_some(Waiting::RetryAfter(left)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_takes_one_permit_and_settles_it() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::status(503),
        2 => Reply::fault(Cause::Torn),
        3 => Reply::status(429).header("retry-after", "7"),
        _ => session_page(&[1, 1], request),
    });
    let quota = RecordingQuota::new();
    let client = server.client_under(RetryPolicy::default(), Arc::new(quota.clone()));
    let events = client.session_events(SESSION).stream().count().await;
    assert_eq!((events, server.requests().len()), (2, 5));
    assert_eq!(
        quota.settled(),
        [Answered, Unanswered, Answered, Answered, Answered]
    );
    let requests = server.requests();
    let responded_at = requests[2].responded_at.unwrap();
    assert!(
        requests[3].at >= responded_at + Duration::from_secs(7),
        "{requests:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_leaves_its_permit_unanswered() {
    let server = MemoryServer::new(|request| {
        session_page(&[1], request).delayed_by(Duration::from_secs(3600))
    });
    let quota = RecordingQuota::new();
    let client = server.client_under(RetryPolicy::default(), Arc::new(quota.clone()));
    let mut stream = client.session_events(SESSION).stream();
    assert!(
        timeout(Duration::from_secs(5), stream.next())
            .await
            .is_err()
    );
    drop(stream);
    tokio::task::yield_now().await;
    assert_eq!(server.requests().len(), 1);
    assert_eq!(quota.settled(), [Unanswered]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_under_an_expired_permit_or_in_a_pause_that_began_meanwhile() {
    let server = MemoryServer::new(|request| session_page(&[1], request));
    let quota = RecordingQuota::new();
    quota.valid_for.lock().unwrap().push(Duration::ZERO);
    let client = server.client_under(RetryPolicy::default(), Arc::new(quota.clone()));
    assert_eq!(client.session_events(SESSION).stream().count().await, 1);
    assert_eq!(quota.settled(), [NotSent, Answered]);

    *quota.pause_with_permit.lock().unwrap() = Some(Duration::from_secs(30));
    assert_eq!(client.session_events(SESSION).stream().count().await, 1);
    assert_eq!(quota.settled(), [NotSent, Answered, NotSent, Answered]);
    // 10 ms after the permit that couldn't be used.
    assert_eq!(server.requests()[1].at, Duration::from_millis(30_010));
    assert_eq!(client.stats().attempts, 2);
    assert_eq!(client.stats().waited.as_millis(), 29_990);
}

#[derive(Debug)]
struct Refusing;

impl Quota for Refusing {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        let error = Error::new(ErrorKind::Unavailable, "the quota's database is gone");
        Box::pin(async { Err(error) })
    }

    fn pause(&self, _: Duration) {}

    fn activity(&self) -> Activity {
        Activity::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_fails_is_the_error_of_the_request_which_is_not_retried() {
    let server = MemoryServer::new(|request| session_page(&[1], request));
    let client = server.client_under(RetryPolicy::default(), Arc::new(Refusing));
    let error = client.session(SESSION).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unavailable, 1)
    );
    assert!(error.to_string().contains("the quota's database is gone"));
    assert!(server.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_grants_only_permits_that_can_not_be_used_keeps_no_processor_busy() {
    let server = MemoryServer::new(|request| session_page(&[1], request));
    let quota = RecordingQuota::new();
    *quota.valid_for.lock().unwrap() = vec![Duration::ZERO; 100];
    let client = server.client_under(RetryPolicy::default(), Arc::new(quota.clone()));
    let start = Instant::now();
    assert!(
        client
            .session_events(SESSION)
            .stream()
            .next()
            .await
            .is_some()
    );
    assert_eq!(quota.settled().len(), 101);
    assert_eq!(start.elapsed(), Duration::from_secs(1), "10 ms a permit");
}
