//! Walks that are polled slowly, on several runtimes, or on none.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

use super::memory::{MemoryServer, Reply, session_page};
use super::session::{SESSION, all_ids};
use crate::{ErrorKind, Event, EventStream, RateLimit, RetryPolicy};

const SIZES: [usize; 3] = [2, 2, 2];

fn paused() -> Runtime {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap()
}

fn server() -> MemoryServer {
    MemoryServer::new(|request| {
        session_page(&SIZES, request).delayed_by(Duration::from_millis(100))
    })
}

async fn rest(events: EventStream) -> Vec<String> {
    let id = |event: Event| event.id().unwrap().to_owned();
    events.map_ok(id).try_collect().await.unwrap()
}

#[test]
fn row_61_a_page_on_an_idle_or_ended_runtime_is_fetched_on_the_next_one() {
    for read_ahead in [0, 2] {
        for ends in [false, true] {
            let first = paused();
            let (server, mut events) = first.block_on(async {
                let server = server();
                let request = server.client().session_events(SESSION);
                (server, request.read_ahead(read_ahead).stream())
            });
            let polled = first.block_on(async { events.next().now_or_never() });
            assert!(polled.is_none(), "the request is under way");
            let first = if ends {
                drop(first);
                None
            } else {
                Some(first)
            };
            assert_eq!(paused().block_on(rest(events)), all_ids(&SIZES));
            let first_pages = server
                .requests()
                .iter()
                .filter(|request| request.page() == 0)
                .count();
            assert!(first_pages >= 1);
            drop(first);
        }
    }
}

#[test]
fn row_71_a_stream_polled_outside_a_runtime_ends_with_an_error_that_resumes() {
    let runtime = paused();
    let (server, mut events) = runtime.block_on(async {
        let server = server();
        let events = server.client().session_events(SESSION).stream();
        (server, events)
    });
    runtime.block_on(events.next()).unwrap().unwrap();
    runtime.block_on(events.next()).unwrap().unwrap();
    let error = events.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(
        events.next().now_or_never().unwrap().is_none(),
        "the stream has ended"
    );
    let checkpoint = error.checkpoint().unwrap().clone();
    let resumed = server.client().session_events(SESSION).resume(checkpoint);
    assert_eq!(
        runtime.block_on(rest(resumed.stream())),
        all_ids(&SIZES)[2..]
    );
}

#[test]
fn row_71_a_following_stream_polled_outside_a_runtime_while_it_waits_ends_with_an_error() {
    let runtime = paused();
    let mut events = runtime.block_on(async {
        let request = server().client().session_events(SESSION);
        request.follow(Duration::from_secs(20)).stream()
    });
    for _ in all_ids(&SIZES) {
        runtime.block_on(events.next()).unwrap().unwrap();
    }
    let error = events.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(error.checkpoint().is_some());
}

#[test]
fn row_71_a_stream_moved_to_another_runtime_between_pages_continues() {
    let runtimes = [paused(), paused(), paused()];
    let mut events = runtimes[0].block_on(async {
        let request = server().client().session_events(SESSION);
        request.read_ahead(1).stream()
    });
    let mut ids = Vec::new();
    for index in 0..6 {
        let event = runtimes[index % 3]
            .block_on(events.next())
            .unwrap()
            .unwrap();
        ids.push(event.id().unwrap().to_owned());
    }
    assert_eq!(ids, all_ids(&SIZES));
}

#[tokio::test(start_paused = true)]
async fn row_64_a_stream_left_unpolled_in_mid_request_uses_the_response_when_polled_again() {
    let server = MemoryServer::new(|request| {
        session_page(&SIZES, request).delayed_by(Duration::from_secs(1))
    });
    let mut events = server.client().session_events(SESSION).stream();
    assert!(events.next().now_or_never().is_none());
    sleep(Duration::from_secs(3600)).await;
    assert!(
        events.next().now_or_never().is_some(),
        "the response has arrived"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_63_slow_consumers_take_no_permit_that_is_not_used_and_no_page_twice() {
    let sizes = [3; 8];
    let server = Arc::new(MemoryServer::new(move |request| {
        session_page(&sizes, request).delayed_by(Duration::from_millis(300))
    }));
    let limit = RateLimit::per_minute(60).per_second(5).burst(1);
    let client = server.client_with(RetryPolicy::default(), limit);
    let streams = (0..16).map(|_| client.session_events(SESSION).stream());
    let mut events = pin!(futures::stream::iter(streams).flatten_unordered(16));
    let mut count = 0;
    while let Some(event) = events.next().await {
        event.unwrap();
        count += 1;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(count, 16 * 24);
    assert_eq!(server.requests().len(), 16 * 8, "no page is fetched twice");
    assert_eq!(client.stats().attempts, 16 * 8, "a permit for each request");
}

#[tokio::test(start_paused = true)]
async fn a_following_walk_waits_out_an_outage_of_any_length() {
    let server = MemoryServer::new(|request| match request.at.as_secs() {
        10..100_000 => Reply::status(503),
        _ if request.query.is_empty() => {
            Reply::ok(r#"{"id":"s","endedDate":"2026-03-01T10:00:00Z"}"#)
        }
        _ => session_page(&SIZES, request),
    });
    let events = server.client().session_events(SESSION);
    let start = Instant::now();
    let ids = rest(events.follow(Duration::from_secs(20)).stream()).await;
    assert_eq!(ids, all_ids(&SIZES));
    assert!(start.elapsed() > Duration::from_secs(100_000));
}

#[tokio::test(start_paused = true)]
async fn a_following_walk_ends_for_an_error_that_no_wait_cures() {
    let server = MemoryServer::new(|_| Reply::status(404));
    let mut events = server
        .client()
        .session_events(SESSION)
        .follow(Duration::from_secs(1))
        .stream();
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 1));
}

#[test]
fn row_71_a_stream_moved_again_and_again_during_one_request_continues() {
    // Longer than a runtime may be idle, and shorter than that and a request.
    let visit = Duration::from_millis(1_050);
    let runtimes = [paused(), paused(), paused()];
    let mut events =
        runtimes[0].block_on(async { server().client().session_events(SESSION).stream() });
    assert!(
        runtimes[0]
            .block_on(async { events.next().now_or_never() })
            .is_none()
    );
    for runtime in &runtimes[1..] {
        let polled = runtime.block_on(async { tokio::time::timeout(visit, events.next()).await });
        assert!(polled.is_err(), "the request is under way");
    }
    assert_eq!(paused().block_on(rest(events)), all_ids(&SIZES));
}

#[test]
fn row_61_a_request_on_an_idle_runtime_frees_its_slot_of_the_quota() {
    let (idle, driven) = (paused(), paused());
    let server = server();
    let client = server.client_with(RetryPolicy::default(), RateLimit::per_minute(1));
    let mut events = client.session_events(SESSION).stream();
    let half = Duration::from_millis(50);
    let polled = idle.block_on(async { tokio::time::timeout(half, events.next()).await });
    assert!(polled.is_err(), "the request is under way");
    driven.block_on(async {
        let start = Instant::now();
        client.session_events(SESSION).page().await.unwrap();
        let waited = start.elapsed().as_secs();
        assert!((120..=122).contains(&waited), "{waited} s");
    });
}
