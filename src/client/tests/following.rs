//! Asking on behind the last page, and what is asked for beside events.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout};

use super::memory::{Asked, Memory, Reply, page};
use super::session::SESSION;
use crate::{ErrorKind, RateLimit, RetryPolicy, Waiting};

const EVERY: Duration = Duration::from_secs(10);

fn is_for_session(asked: &Asked) -> bool {
    asked.query.is_empty()
}

/// What the service says of the session.
fn about(ended: bool) -> Reply {
    let ended = if ended {
        r#","endedDate":"2026-01-02T03:04:05Z""#
    } else {
        ""
    };
    Reply::ok(format!(r#"{{"id":"{SESSION}","eventCount":7{ended}}}"#))
}

/// Events come at 0, 25 and 47 s, the last ones on a page of their own; the session ends at 60 s.
fn growing() -> Memory {
    Memory::new(|asked| {
        let seconds = asked.at.as_secs();
        if is_for_session(asked) {
            return about(seconds >= 60);
        }
        match (asked.page(), seconds) {
            (0, 0..25) => page(&["a", "b"], None),
            (0, 25..47) => page(&["a", "b", "c"], None),
            (0, _) => page(&["a", "b", "c"], Some(1)),
            _ => page(&["d"], None),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn new_events_come_once_each_until_the_session_has_ended_and_is_quiet() {
    for read_ahead in [0, 1] {
        let memory = growing();
        let client = memory.client();
        let request = client.session_events(SESSION).read_ahead(read_ahead);
        let start = Instant::now();
        let mut came = Vec::new();
        let mut events = request.follow(EVERY).stream();
        while let Some(event) = events.try_next().await.unwrap() {
            came.push((event.id().unwrap().to_owned(), start.elapsed().as_secs()));
        }
        let expected = [("a", 0), ("b", 0), ("c", 30), ("d", 50)];
        assert_eq!(came, expected.map(|(id, at)| (id.to_owned(), at)));
        // It was told at 60 s that the session has ended, and asked once more.
        assert_eq!(start.elapsed().as_secs(), 60);
        assert_eq!(memory.asked().last().unwrap().page(), 1);
        assert_eq!(events.checkpoint().state(), crate::CheckpointState::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_followed_walk_goes_on_from_its_checkpoint() {
    let memory = growing();
    let client = memory.client();
    let mut events = client.session_events(SESSION).follow(EVERY).stream();
    for expected in ["a", "b", "c"] {
        let event = events.try_next().await.unwrap().unwrap();
        assert_eq!(event.id(), Some(expected));
    }
    let checkpoint = events.checkpoint();
    drop(events);
    let again = client.session_events(SESSION).resume(checkpoint);
    let rest: Vec<_> = again.follow(EVERY).stream().try_collect().await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].id(), Some("d"));
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_end_is_not_known_is_followed_without_end() {
    let memory = Memory::new(|asked| {
        if is_for_session(asked) {
            return Reply::status(403);
        }
        page(&["a"], None)
    });
    let client = memory.client();
    let mut events = client.session_events(SESSION).follow(EVERY).stream();
    assert!(events.next().await.is_some());
    let day = Duration::from_hours(24);
    assert!(timeout(day, events.next()).await.is_err());
    // An empty page counts for nothing while it is the last one.
    let nothing = Memory::new(|asked| {
        if is_for_session(asked) {
            return about(false);
        }
        page::<&str>(&[], None)
    });
    let client = nothing.client();
    let mut events = client.session_events(SESSION).follow(EVERY).stream();
    assert!(timeout(day, events.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_comes_behind_the_end_of_the_session_comes_too() {
    let memory = Memory::new(|asked| match (is_for_session(asked), asked.number) {
        (true, _) => about(true),
        (false, 1) => page(&["a"], None),
        (false, 2..=3) => page(&["a", "b"], None),
        _ => page(&["a", "b", "c"], None),
    });
    let client = memory.client();
    let events = client.session_events(SESSION).follow(EVERY).stream();
    let events: Vec<_> = events.try_collect().await.unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_without_news_is_no_page_and_no_sign_of_a_service_that_goes_nowhere() {
    let memory = Memory::new(|asked| match (is_for_session(asked), asked.page()) {
        (true, _) => about(asked.number > 100),
        (false, 0) if asked.number < 63 => page::<&str>(&[], None),
        (false, 0) => page::<&str>(&[], Some(1)),
        _ => page(&["a"], None),
    });
    let client = memory.client();
    let pages = client.session_events(SESSION).follow(EVERY).pages();
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.events().len()).collect();
    assert_eq!(sizes, [0, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_followed_page_that_lost_its_event_is_an_error() {
    let memory = Memory::new(|asked| match (is_for_session(asked), asked.at.as_secs()) {
        (true, _) => about(false),
        (false, 0) => page(&["a", "b"], None),
        _ => page(&["c"], None),
    });
    let client = memory.client();
    let events = client.session_events(SESSION).follow(EVERY).stream();
    let error = events.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleCheckpoint);
}

#[tokio::test(start_paused = true)]
async fn following_is_refused_where_it_has_no_meaning() {
    let memory = Memory::new(|_| panic!("nothing is sent"));
    let client = memory.client();
    let request = || client.session_events(SESSION);
    for (request, named) in [
        (request().follow(Duration::from_millis(999)), "999ms"),
        (request().before("1").follow(EVERY), "before"),
    ] {
        let checked = request.validate().unwrap_err();
        let error = request.stream().try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(named), "{error}");
        assert_eq!(checked.to_string(), error.to_string());
    }
    request().follow(EVERY).validate().unwrap();
}

#[tokio::test(start_paused = true)]
async fn sessions_of_a_contact_come_once_and_in_order() {
    let memory = Memory::new(|asked| {
        assert_eq!(asked.parameter("includeMerged"), Some("true"));
        let (ids, next) = match asked.page() {
            0 => (
                r#"{"id":"s1","type":"web","eventCount":5},{"id":"s2"}"#,
                r#","nextUri":"/x?after=1""#,
            ),
            _ => (r#"{"id":"s3","endedDate":"2026-01-02T03:04:05Z"}"#, ""),
        };
        Reply::ok(format!(r#"{{"entities":[{ids}]{next}}}"#))
    });
    let client = memory.client();
    let request = client.contact_sessions("c-1").include_merged(true);
    let sessions: Vec<_> = request.stream().try_collect().await.unwrap();
    let seen: Vec<_> = sessions
        .iter()
        .map(|one| (one.id(), one.event_count(), one.ended_at().is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("s1", Some(5), false),
            ("s2", None, false),
            ("s3", None, true)
        ]
    );
    assert_eq!(sessions[1].json(), r#"{"id":"s2"}"#);

    for (request, named) in [
        (client.contact_sessions("../x"), "contact id \"../x\""),
        (client.contact_sessions("c-1").limit(0), "limit is 0"),
    ] {
        let error = request.stream().try_next().await.unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
    assert_eq!(memory.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_session_is_read_with_retries_and_its_faults_name_it() {
    let memory = Memory::new(|asked| match asked.number {
        1 => Reply::status(503),
        2 => about(true),
        _ => Reply::status(404),
    });
    let client = memory.client();
    let session = client.session(SESSION).await.unwrap();
    assert_eq!((session.id(), session.event_count()), (SESSION, Some(7)));
    let error = client.session(SESSION).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(SESSION), "{error}");
    let error = client.session("a/b").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn activity_says_what_is_waited_for_and_what_is_left() {
    let memory = Memory::new(|asked| match asked.number {
        2 => Reply::status(503).header("retry-after", "9"),
        4 => Reply::status(429).header("retry-after", "20"),
        _ => page(&["a"], None),
    });
    let client = memory.client_with(RetryPolicy::default(), RateLimit::per_minute(5));
    assert_eq!(client.activity().permits_left, Some(5));
    let walk = || {
        let mut events = client.session_events(SESSION).stream();
        tokio::spawn(async move { events.next().await.unwrap().unwrap() })
    };
    let soon = Duration::from_secs(3);
    walk().await.unwrap();
    assert_eq!(client.activity().waiting, None);
    assert_eq!(client.activity().permits_left, Some(4));

    let second = walk();
    tokio::time::sleep(soon).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::Retry { status: Some(503), attempt: 2, of: 5, left })
            if (6..=7).contains(&left.as_secs())),
        "{waiting:?}"
    );
    second.await.unwrap();
    assert_eq!(client.activity().waiting, None);

    let third = walk();
    tokio::time::sleep(soon).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::RetryAfter(left)) if left.as_secs() == 17 || left.as_secs() == 16),
        "{waiting:?}"
    );
    third.await.unwrap();

    assert_eq!(client.activity().permits_left, Some(0));
    let fourth = walk();
    tokio::time::sleep(soon).await;
    let waiting = client.activity().waiting;
    assert!(
        matches!(waiting, Some(Waiting::Quota(left)) if left < Duration::from_mins(1)),
        "{waiting:?}"
    );
    fourth.await.unwrap();
}
