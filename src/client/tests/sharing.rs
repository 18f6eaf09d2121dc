//! Walks that share a client: they pause together, and a dropped one doesn't hold up the others.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, advance};

use super::memory::{MemoryServer, ReceivedRequest, Reply, count_events, session_page};
use super::session::SESSION;
use crate::fetch::failure::Cause;
use crate::{Client, EventStream, RateLimit, RetryPolicy};

fn stream(client: &Client) -> EventStream {
    client.session_events(SESSION).stream()
}

async fn count(client: &Client) -> usize {
    count_events(client).await.unwrap()
}

/// Asserts that no 60 s have more requests than the quota.
fn assert_within_quota(quota: usize, requests: &[ReceivedRequest]) {
    for (index, start) in requests.iter().enumerate() {
        let minute = requests[index..]
            .iter()
            .take_while(|other| other.at < start.at + Duration::from_secs(60));
        assert!(minute.count() <= quota, "from {:?}", start.at);
    }
}

#[tokio::test(start_paused = true)]
async fn row_36_two_hundred_throttled_tasks_pause_together_and_resume_within_the_quota() {
    // All of them are sent before the first response.
    let server = MemoryServer::new(|request| match request.number {
        1..=200 => Reply::status(429)
            .header("retry-after", "42")
            .delayed_by(Duration::from_secs(1)),
        _ => session_page(&[1], request),
    });
    let limit = RateLimit::default().burst(200);
    let client = server.client_with(RetryPolicy::default(), limit);
    let walks = (0..200).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { count(&client).await })
    });
    for events in futures::future::join_all(walks).await {
        assert_eq!(events.unwrap(), 1);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 400);
    assert_eq!(client.stats().attempts, 400);
    assert!(
        requests[..200].iter().all(|request| request.at.is_zero()),
        "all 200 get a 429"
    );
    assert!(
        requests[200].at >= Duration::from_secs(43),
        "no request is sent during the pause"
    );
    assert_within_quota(300, &requests);
}

#[tokio::test(start_paused = true)]
async fn row_36_tasks_that_start_during_a_pause_wait_too() {
    let server = MemoryServer::new(|request| {
        if request.at < Duration::from_secs(42) {
            let left = 42 - request.at.as_secs();
            Reply::status(429).header("retry-after", &left.to_string())
        } else {
            session_page(&[1], request)
        }
    });
    let client = server.client_with(RetryPolicy::default(), RateLimit::default());
    let walks = (0..200).map(|_| count(&client));
    let walks = futures::future::join_all(walks).await;
    assert!(walks.into_iter().all(|events| events == 1));
    let requests = server.requests();
    assert_eq!(client.stats().attempts, requests.len() as u64);
    let early = requests
        .iter()
        .filter(|request| request.at < Duration::from_secs(42))
        .count();
    assert!(
        early <= 10,
        "only the burst is sent before the pause ends: {early}"
    );
    assert_within_quota(300, &requests);
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_during_a_request_does_not_affect_the_others() {
    let server = MemoryServer::new(|request| match request.number {
        1 => session_page(&[1], request).delayed_by(Duration::from_secs(3600)),
        _ => session_page(&[1], request),
    });
    let client = server.client_with(RetryPolicy::default(), RateLimit::per_minute(1));
    let mut dropped = stream(&client);
    assert!(dropped.next().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert_eq!(server.requests().len(), 1, "the request is under way");
    drop(dropped);
    assert_eq!(count(&client).await, 1);
    assert_eq!(server.request_seconds(), [0, 61]);
    assert_eq!(client.stats().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_during_backoff_takes_no_permit() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::fault(Cause::Torn),
        _ => session_page(&[1], request),
    });
    let policy = RetryPolicy::default().base_delay(Duration::from_secs(10));
    let client = server.client_with(policy, RateLimit::per_minute(2));
    let mut dropped = stream(&client);
    while server.requests().is_empty() {
        assert!(dropped.next().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert!(
        dropped.next().now_or_never().is_none(),
        "waits for the retry"
    );
    drop(dropped);
    assert_eq!(count(&client).await, 1);
    assert_eq!(
        server.request_seconds(),
        [0, 0],
        "the second permit was still available"
    );
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_in_the_queue_frees_its_position() {
    let server = MemoryServer::new(|request| session_page(&[1], request));
    let client = server.client_with(RetryPolicy::default(), RateLimit::per_minute(1));
    count(&client).await;
    let mut dropped = stream(&client);
    assert!(dropped.next().now_or_never().is_none());
    drop(dropped);
    count(&client).await;
    assert_eq!(server.request_seconds(), [0, 60]);
    assert_eq!(client.stats().waited.as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn row_57_a_suspended_machine_sends_no_burst_over_the_quota() {
    let server = MemoryServer::new(|request| session_page(&[1; 4], request));
    let client = server.client_with(RetryPolicy::default(), RateLimit::per_minute(5));
    let walks: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { count(&client).await })
        })
        .collect();
    let mut rng = fastrand::Rng::with_seed(57);
    let start = Instant::now();
    while !walks.iter().all(tokio::task::JoinHandle::is_finished) {
        for _ in 0..rng.usize(0..50) {
            tokio::task::yield_now().await;
        }
        // Mostly awake for up to 70 s, sometimes suspended for a day.
        let steps = [
            Duration::from_secs(rng.u64(1..70)),
            Duration::from_secs(24 * 3600),
        ];
        advance(steps[usize::from(rng.u8(0..4) == 0)]).await;
        assert!(
            start.elapsed() < Duration::from_secs(24 * 365 * 3600),
            "the walks hang"
        );
    }
    for walk in walks {
        assert_eq!(walk.await.unwrap(), 4);
    }
    assert_eq!(server.requests().len(), 40);
    assert_within_quota(5, &server.requests());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn row_58_a_runtime_shut_down_during_a_wait_causes_no_panic_and_the_client_works_in_another() {
    let hour = Duration::from_secs(3600);
    let slow_response = |request: &ReceivedRequest| {
        session_page(&[1], request).delayed_by(Duration::from_secs(3600))
    };
    let unavailable = |_: &ReceivedRequest| Reply::status(503).header("retry-after", "100");
    for (state, first_reply, quota) in [
        (
            "during a request",
            slow_response as fn(&ReceivedRequest) -> Reply,
            100,
        ),
        ("during backoff", unavailable, 100),
        ("in the queue", slow_response, 1),
    ] {
        for read_ahead in [0, 2] {
            let first_runtime = runtime();
            let (server, client, held) = first_runtime.block_on(async {
                let server = MemoryServer::new(move |request| match request.number {
                    1 | 2 => first_reply(request),
                    _ => session_page(&[1], request),
                });
                let client =
                    server.client_with(RetryPolicy::default(), RateLimit::per_minute(quota));
                let other = client.clone();
                tokio::spawn(async move { count(&other).await });
                let mut held = client
                    .session_events(SESSION)
                    .read_ahead(read_ahead)
                    .stream();
                let waited = tokio::time::timeout(Duration::from_secs(20), held.next()).await;
                assert!(waited.is_err(), "{state}");
                (server, client, held)
            });
            let sent = server.requests().len();
            assert_eq!(sent, if quota == 1 { 1 } else { 2 }, "{state}");
            drop(first_runtime);
            drop(held);

            let second_runtime = runtime();
            let events = second_runtime.block_on(async {
                let both = async { count(&client).await + count(&client).await };
                tokio::time::timeout(hour * 2, both).await
            });
            assert_eq!(events.unwrap(), 2, "{state}");
        }
    }
}
