//! Following a session, a contact's sessions, reading one session, and the client's activity.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout};

use super::memory::{MemoryServer, ReceivedRequest, Reply, page};
use super::session::SESSION;
use crate::{ErrorKind, RateLimit, RetryPolicy, Waiting};

const INTERVAL: Duration = Duration::from_secs(10);

fn is_session_request(request: &ReceivedRequest) -> bool {
    request.query.is_empty()
}

/// The session itself, with or without an end date.
fn session_info(ended: bool) -> Reply {
    let ended = if ended {
        r#","endedDate":"2026-01-02T03:04:05Z""#
    } else {
        ""
    };
    Reply::ok(format!(r#"{{"id":"{SESSION}","eventCount":7{ended}}}"#))
}

/// A session that gains events at 0, 25 and 47 s, the last one on a new page, and ends at 60 s.
fn growing_session() -> MemoryServer {
    MemoryServer::new(|request| {
        let seconds = request.at.as_secs();
        if is_session_request(request) {
            return session_info(seconds >= 60);
        }
        match (request.page(), seconds) {
            (0, 0..25) => page(&["a", "b"], None),
            (0, 25..47) => page(&["a", "b", "c"], None),
            (0, _) => page(&["a", "b", "c"], Some(1)),
            _ => page(&["d"], None),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn new_events_are_yielded_once_until_the_session_has_ended() {
    for read_ahead in [0, 1] {
        let server = growing_session();
        let client = server.client();
        let request = client.session_events(SESSION).read_ahead(read_ahead);
        let start = Instant::now();
        let mut yielded = Vec::new();
        let mut events = request.follow(INTERVAL).stream();
        while let Some(event) = events.try_next().await.unwrap() {
            yielded.push((event.id().unwrap().to_owned(), start.elapsed().as_secs()));
        }
        let expected = [("a", 0), ("b", 0), ("c", 30), ("d", 50)];
        assert_eq!(yielded, expected.map(|(id, at)| (id.to_owned(), at)));
        // At 60 s the session reports its end, and the last page is polled once more.
        assert_eq!(start.elapsed().as_secs(), 60);
        assert_eq!(server.requests().last().unwrap().page(), 1);
        assert_eq!(events.checkpoint().state(), crate::CheckpointState::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_followed_walk_resumes_from_its_checkpoint() {
    let server = growing_session();
    let client = server.client();
    let mut events = client.session_events(SESSION).follow(INTERVAL).stream();
    for expected in ["a", "b", "c"] {
        let event = events.try_next().await.unwrap().unwrap();
        assert_eq!(event.id(), Some(expected));
    }
    let checkpoint = events.checkpoint();
    drop(events);
    let resumed = client.session_events(SESSION).resume(checkpoint);
    let rest: Vec<_> = resumed
        .follow(INTERVAL)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].id(), Some("d"));
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_known_end_is_followed_forever() {
    let server = MemoryServer::new(|request| {
        if is_session_request(request) {
            return Reply::status(403);
        }
        page(&["a"], None)
    });
    let client = server.client();
    let mut events = client.session_events(SESSION).follow(INTERVAL).stream();
    assert!(events.next().await.is_some());
    let day = Duration::from_secs(24 * 3600);
    assert!(timeout(day, events.next()).await.is_err());
    // Polling an empty last page doesn't count towards the limit on empty pages.
    let empty = MemoryServer::new(|request| {
        if is_session_request(request) {
            return session_info(false);
        }
        page::<&str>(&[], None)
    });
    let client = empty.client();
    let mut events = client.session_events(SESSION).follow(INTERVAL).stream();
    assert!(timeout(day, events.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn events_added_after_the_end_of_the_session_are_yielded() {
    let server = MemoryServer::new(
        |request| match (is_session_request(request), request.number) {
            (true, _) => session_info(true),
            (false, 1) => page(&["a"], None),
            (false, 2..=3) => page(&["a", "b"], None),
            _ => page(&["a", "b", "c"], None),
        },
    );
    let client = server.client();
    let events = client.session_events(SESSION).follow(INTERVAL).stream();
    let events: Vec<_> = events.try_collect().await.unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_new_events_yields_no_page_and_is_not_a_stall() {
    let server = MemoryServer::new(
        |request| match (is_session_request(request), request.page()) {
            (true, _) => session_info(request.number > 100),
            (false, 0) if request.number < 63 => page::<&str>(&[], None),
            (false, 0) => page::<&str>(&[], Some(1)),
            _ => page(&["a"], None),
        },
    );
    let client = server.client();
    let pages = client.session_events(SESSION).follow(INTERVAL).pages();
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.events().len()).collect();
    assert_eq!(sizes, [0, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn row_79_whatever_is_new_on_a_followed_page_is_yielded_and_what_returns_is_not() {
    let server =
        MemoryServer::new(
            |request| match (is_session_request(request), request.at.as_secs()) {
                (true, at) => session_info(at > 60),
                (false, 0) => page(&["a", "c"], None),
                (false, 1..=10) => page(&["late", "c"], None),
                _ => page(&["a", "late", "b", "c", "d"], None),
            },
        );
    let client = server.client();
    let events = client.session_events(SESSION).follow(INTERVAL).stream();
    let ids = events.map_ok(|event| event.id().unwrap().to_owned());
    let ids: Vec<_> = ids.try_collect().await.unwrap();
    assert_eq!(ids, ["a", "c", "late", "b", "d"]);
}

#[tokio::test(start_paused = true)]
async fn follow_is_refused_if_the_interval_is_too_short_or_the_walk_goes_backwards() {
    let server = MemoryServer::new(|_| panic!("no request is sent"));
    let client = server.client();
    let request = || client.session_events(SESSION);
    for (request, expected) in [
        (request().follow(Duration::from_millis(999)), "999ms"),
        (request().before("1").follow(INTERVAL), "before"),
    ] {
        let invalid = request.validate().unwrap_err();
        let error = request.stream().try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(invalid.to_string(), error.to_string());
    }
    request().follow(INTERVAL).validate().unwrap();
}

#[tokio::test(start_paused = true)]
async fn sessions_of_a_contact_are_yielded_once_and_in_order() {
    let server = MemoryServer::new(|request| {
        assert_eq!(request.parameter("includeMerged"), Some("true"));
        let (entities, next) = match request.page() {
            0 => (
                r#"{"id":"s1","type":"web","eventCount":5},{"id":"s2"}"#,
                r#","nextUri":"/x?after=1""#,
            ),
            _ => (r#"{"id":"s3","endedDate":"2026-01-02T03:04:05Z"}"#, ""),
        };
        Reply::ok(format!(r#"{{"entities":[{entities}]{next}}}"#))
    });
    let client = server.client();
    let request = client.contact_sessions("c-1").include_merged(true);
    let sessions: Vec<_> = request.stream().try_collect().await.unwrap();
    let yielded: Vec<_> = sessions
        .iter()
        .map(|session| {
            (
                session.id(),
                session.event_count(),
                session.ended_at().is_some(),
            )
        })
        .collect();
    assert_eq!(
        yielded,
        [
            ("s1", Some(5), false),
            ("s2", None, false),
            ("s3", None, true)
        ]
    );
    assert_eq!(sessions[1].json(), r#"{"id":"s2"}"#);

    for (request, expected) in [
        (client.contact_sessions("../x"), "contact id \"../x\""),
        (client.contact_sessions("c-1").limit(0), "limit is 0"),
    ] {
        let error = request.stream().try_next().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn reading_a_session_is_retried_and_its_errors_name_it() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::status(503),
        2 => session_info(true),
        _ => Reply::status(404),
    });
    let client = server.client();
    let session = client.session(SESSION).await.unwrap();
    assert_eq!((session.id(), session.event_count()), (SESSION, Some(7)));
    let error = client.session(SESSION).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(SESSION), "{error}");
    let error = client.session("a/b").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn activity_reports_the_current_wait_and_the_permits_left() {
    let server = MemoryServer::new(|request| match request.number {
        2 => Reply::status(503).header("retry-after", "9"),
        4 => Reply::status(429).header("retry-after", "20"),
        _ => page(&["a"], None),
    });
    let client = server.client_with(RetryPolicy::default(), RateLimit::per_minute(5));
    assert_eq!(client.activity().permits_left, Some(5));
    let walk = || {
        let mut events = client.session_events(SESSION).stream();
        tokio::spawn(async move { events.next().await.unwrap().unwrap() })
    };
    let pause = Duration::from_secs(3);
    walk().await.unwrap();
    assert_eq!(client.activity().waiting, None);
    assert_eq!(client.activity().permits_left, Some(4));

    let second = walk();
    tokio::time::sleep(pause).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::Retry { status: Some(503), attempt: 2, of: 5, left })
            if (6..=7).contains(&left.as_secs())),
        "{waiting:?}"
    );
    second.await.unwrap();
    assert_eq!(client.activity().waiting, None);

    let third = walk();
    tokio::time::sleep(pause).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::RetryAfter(left)) if left.as_secs() == 17 || left.as_secs() == 16),
        "{waiting:?}"
    );
    third.await.unwrap();

    assert_eq!(client.activity().permits_left, Some(0));
    let fourth = walk();
    tokio::time::sleep(pause).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::Quota(left)) if left < Duration::from_secs(60)),
        "{waiting:?}"
    );
    fourth.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn row_70_a_following_walk_waits_at_most_an_hour_however_long_the_service_says() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::status(429).header("retry-after", &u64::MAX.to_string()),
        _ => page(&["a"], None),
    });
    let mut events = server
        .client()
        .session_events(SESSION)
        .follow(INTERVAL)
        .stream();
    assert_eq!(events.next().await.unwrap().unwrap().id(), Some("a"));
    let waited = server.requests()[1].at;
    assert!((3_600..3_602).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_event_that_arrives_alone_on_a_followed_page_can_be_skipped() {
    let malformed =
        r#"{"entities":[{"id":"a","eventType":"t"},{"id":"x"},{"id":"b","eventType":"t"}]}"#;
    let server = MemoryServer::new(move |request| match request.at.as_secs() {
        _ if is_session_request(request) => session_info(true),
        0 => page(&["a"], None),
        _ => Reply::ok(malformed),
    });
    let client = server.client();
    let mut events = client.session_events(SESSION).follow(INTERVAL).stream();
    assert_eq!(events.next().await.unwrap().unwrap().id(), Some("a"));
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedEvent);
    let checkpoint = error.checkpoint().unwrap().clone().skip();
    let mut rest = client.session_events(SESSION).resume(checkpoint).stream();
    assert_eq!(rest.next().await.unwrap().unwrap().id(), Some("b"));
    assert!(rest.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn one_page_of_a_request_that_follows_and_reads_ahead_is_one_request() {
    let server = MemoryServer::new(|_| page(&["a"], Some(1)));
    let request = server.client().session_events(SESSION);
    let first = request.follow(INTERVAL).read_ahead(4).page().await.unwrap();
    assert_eq!(first.events().len(), 1);
    tokio::time::sleep(INTERVAL).await;
    assert_eq!(server.requests().len(), 1);
    let down = MemoryServer::new(|_| Reply::status(503));
    let request = down.client().session_events(SESSION).follow(INTERVAL);
    assert_eq!(
        request.page().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}
