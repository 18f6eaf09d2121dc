//! Walks from page to page: order, laziness, the end, malformed links and invalid input.

use std::time::Duration;

use futures::stream::FusedStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::memory::{MemoryServer, Reply, session_page};
use super::session::{SESSION, all_ids, session_json};
use crate::{CheckpointState, Client, Error, ErrorKind, Event};

fn id(event: &Event) -> String {
    event.id().unwrap().to_owned()
}

/// Walks to the end or to an error. Returns the ids, and the error if it ended with one.
async fn walk(client: &Client) -> (Vec<String>, Option<Error>) {
    let mut stream = client.session_events(SESSION).stream();
    let mut ids = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => ids.push(id(&event)),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the last item");
                assert_eq!(error.checkpoint(), Some(&stream.checkpoint()));
                return (ids, Some(error));
            }
        }
    }
    assert_eq!(stream.checkpoint().state(), CheckpointState::Done);
    (ids, None)
}

/// Lets every other task run until it waits.
async fn run_other_tasks() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_is_yielded_once_and_in_order() {
    let sizes = [3, 0, 200, 1, 0, 0, 7];
    let server = MemoryServer::new(move |request| session_page(&sizes, request));
    let client = server.client();
    let (ids, error) = walk(&client).await;
    assert!(error.is_none());
    assert_eq!(ids, all_ids(&sizes));
    let stats = client.stats();
    assert_eq!(
        (stats.requests, stats.attempts, stats.pages, stats.events),
        (7, 7, 7, 211)
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_requested_before_the_first_poll_or_beyond_what_is_consumed() {
    let server = MemoryServer::new(|request| session_page(&[2, 2, 2], request));
    let mut stream = server.client().session_events(SESSION).stream();
    run_other_tasks().await;
    assert_eq!(server.requests().len(), 0);
    for consumed in 1..=6 {
        stream.next().await.unwrap().unwrap();
        run_other_tasks().await;
        assert_eq!(
            server.requests().len(),
            usize::div_ceil(consumed, 2),
            "{consumed}"
        );
    }
    assert!(!stream.is_terminated());
    assert!(stream.next().await.is_none());
    assert!(stream.is_terminated());
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn row_55_nothing_is_fetched_beyond_the_read_ahead_while_the_consumer_is_idle() {
    for read_ahead in [0, 2] {
        let server = MemoryServer::new(|request| session_page(&[1; 9], request));
        let mut stream = server
            .client()
            .session_events(SESSION)
            .read_ahead(read_ahead)
            .stream();
        stream.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(server.requests().len(), 1 + read_ahead);
        assert_eq!(stream.map(Result::unwrap).count().await, 8);
    }
}

#[tokio::test(start_paused = true)]
async fn read_ahead_overlaps_requests_with_the_consumer() {
    let second = Duration::from_secs(1);
    for (read_ahead, seconds) in [(0, 20), (1, 11)] {
        let server =
            MemoryServer::new(move |request| session_page(&[1; 10], request).delayed_by(second));
        let start = Instant::now();
        let events = server
            .client()
            .session_events(SESSION)
            .read_ahead(read_ahead)
            .stream();
        events
            .try_for_each(|_| tokio::time::sleep(second).map(Ok))
            .await
            .unwrap();
        assert_eq!(
            start.elapsed().as_secs(),
            seconds,
            "read-ahead {read_ahead}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_without_a_cursor_is_an_error_after_the_events_of_its_page() {
    let body = r#"{"entities":[{"id":"a","eventType":"t"}],"nextUri":"/x?pageSize=200"}"#;
    let server = MemoryServer::new(move |_| Reply::ok(body));
    let (ids, error) = walk(&server.client()).await;
    assert_eq!(ids, ["a"]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(error.checkpoint().unwrap().yielded(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backward_walk_yields_the_newest_event_first() {
    let server = MemoryServer::new(|request| {
        let number = request.page();
        let link = if number > 1 {
            format!(r#""previousUri":"/x?before={}""#, number - 1)
        } else {
            String::from(r#""selfUri":"/x""#)
        };
        Reply::ok(format!(
            r#"{{"entities":[{{"id":"{number}a","eventType":"t"}},{{"id":"{number}b","eventType":"t"}}],{link}}}"#
        ))
    });
    let client = server.client();
    let events = client.session_events(SESSION).before("3").stream();
    let ids: Vec<_> = events
        .map_ok(|event| id(&event))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids, ["3b", "3a", "2b", "2a", "1b", "1a"]);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.parameter("after").is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn invalid_input_is_an_error_on_the_first_poll_and_nothing_is_sent() {
    let server = MemoryServer::new(|request| session_page(&[1], request));
    let client = server.client();
    let valid = || client.session_events(SESSION);
    let from_another_session = client.session_events("other").stream().checkpoint();
    for (request, expected) in [
        (client.session_events("a/b"), "\"a/b\""),
        (valid().limit(0), "limit is 0"),
        (valid().read_ahead(65), "read_ahead is 65"),
        (valid().after("a b"), "after"),
        (valid().before(""), "before"),
        (valid().after("1").before("1"), "more than one"),
        (
            valid().after("1").resume(valid().stream().checkpoint()),
            "more than one",
        ),
        (valid().event_types(["a,b"]), "\"a,b\""),
        (valid().resume(from_another_session), "another session"),
    ] {
        let mut stream = request.clone().stream();
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(stream.next().await.is_none());
        assert_eq!(
            request.page().await.unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn row_54_dropping_the_future_of_next_loses_nothing() {
    let server = MemoryServer::new(|request| {
        session_page(&[2, 2], request).delayed_by(Duration::from_secs(9))
    });
    let mut stream = server.client().session_events(SESSION).stream();
    let mut ids = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_secs(2), stream.next()).await {
            Ok(Some(event)) => ids.push(id(&event.unwrap())),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert_eq!(ids, all_ids(&[2, 2]));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_outcome_distinguishes_success_error_and_drop() {
    let server = MemoryServer::new(|request| session_page(&[2, 2], request));
    let split = || server.client().session_events(SESSION).stream().split();

    let (events, outcome) = split();
    assert_eq!(events.count().await, 4);
    assert_eq!(outcome.await.unwrap().state(), CheckpointState::Done);

    let (events, outcome) = split();
    assert_eq!(events.take(3).count().await, 3);
    assert_eq!(outcome.await.unwrap().yielded(), 1);

    let failing = MemoryServer::new(|request| match request.page() {
        0 => session_page(&[2, 2], request),
        _ => Reply::status(404),
    });
    let (events, outcome) = failing.client().session_events(SESSION).stream().split();
    assert_eq!(events.count().await, 2);
    assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn pages_yield_the_same_walk() {
    let sizes = [2, 0, 3];
    let server = MemoryServer::new(move |request| session_page(&sizes, request));
    let mut pages = server.client().session_events(SESSION).pages();
    let mut yielded = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        yielded.push((page.events().len(), page.next_cursor().map(str::to_owned)));
    }
    assert_eq!(
        yielded,
        [(2, Some("1".into())), (0, Some("2".into())), (3, None)]
    );
    assert_eq!(pages.checkpoint().state(), CheckpointState::Done);

    let page = server
        .client()
        .session_events(SESSION)
        .after("2")
        .page()
        .await
        .unwrap();
    assert_eq!(
        page.into_iter().map(|event| id(&event)).collect::<Vec<_>>(),
        ["2-0", "2-1", "2-2"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_is_expected_to_be_a_little_larger_than_the_one_before_it() {
    const SIZES: [usize; 3] = [200, 10, 1];
    for read_ahead in [0, 2] {
        let server = MemoryServer::new(|request| session_page(&SIZES, request));
        let request = server.client().session_events(SESSION);
        let events = request.read_ahead(read_ahead).stream();
        events.try_collect::<Vec<_>>().await.unwrap();
        let expected: Vec<_> = server
            .requests()
            .iter()
            .map(|page| page.likely_size)
            .collect();
        let sizes = [0, 1].map(|page| session_json(&SIZES, page).len());
        assert_eq!(expected, [0, sizes[0] / 8 * 9, sizes[1] / 8 * 9]);
    }
}
