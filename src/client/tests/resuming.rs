//! Resuming from a checkpoint yields exactly the events not yet yielded.

use futures::{StreamExt, TryStreamExt};

use super::memory::{MemoryServer, Reply, page, session_page};
use super::session::{SESSION, all_ids};
use crate::{Checkpoint, CheckpointState, Client, ErrorKind, Event, SessionEvents};

async fn ids(request: SessionEvents) -> Vec<String> {
    let id = |event: Event| event.id().unwrap().to_owned();
    request.stream().map_ok(id).try_collect().await.unwrap()
}

/// Consumes events of a new walk. Returns their ids and the checkpoint after a trip through JSON.
async fn consume(client: &Client, count: usize) -> (Vec<String>, Checkpoint) {
    let mut stream = client.session_events(SESSION).stream();
    let mut ids = Vec::new();
    for _ in 0..count {
        let event = stream.next().await.unwrap().unwrap();
        ids.push(event.id().unwrap().to_owned());
    }
    let json = serde_json::to_string(&stream.checkpoint()).unwrap();
    (ids, serde_json::from_str(&json).unwrap())
}

#[tokio::test(start_paused = true)]
async fn resuming_from_every_position_yields_exactly_the_rest() {
    let sizes = [3, 0, 2, 1, 0, 4];
    let server = MemoryServer::new(move |request| session_page(&sizes, request));
    let client = server.client();
    for count in 0..=10 {
        let (mut all, checkpoint) = consume(&client, count).await;
        let state = match count {
            0 => CheckpointState::Start,
            10 => CheckpointState::Done,
            _ => CheckpointState::Within,
        };
        assert_eq!(checkpoint.state(), state, "after {count}");
        all.extend(ids(client.session_events(SESSION).resume(checkpoint)).await);
        assert_eq!(all, all_ids(&sizes), "after {count}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_checkpoint_follows_the_consumer_not_the_read_ahead() {
    let sizes = [2; 6];
    let server = MemoryServer::new(move |request| session_page(&sizes, request));
    let client = server.client();
    let mut stream = client.session_events(SESSION).read_ahead(3).stream();
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    let rest = ids(client.session_events(SESSION).resume(stream.checkpoint())).await;
    assert_eq!(rest, all_ids(&sizes)[3..]);
}

#[tokio::test(start_paused = true)]
async fn a_consumed_page_is_not_requested_again() {
    let server = MemoryServer::new(|request| session_page(&[2, 2], request));
    let (_, checkpoint) = consume(&server.client(), 2).await;
    assert_eq!((checkpoint.cursor(), checkpoint.yielded()), (Some("1"), 0));
}

#[tokio::test(start_paused = true)]
async fn a_completed_walk_resumes_with_events_added_to_its_last_page() {
    let server = MemoryServer::new(|request| match request.number {
        1 => page(&["a", "b"], None),
        2 => page(&["a", "b", "c"], Some(1)),
        _ => page(&["d"], None),
    });
    let client = server.client();
    let (_, checkpoint) = consume(&client, 2).await;
    assert_eq!(checkpoint.state(), CheckpointState::Done);
    assert_eq!(
        ids(client.session_events(SESSION).resume(checkpoint)).await,
        ["c", "d"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_found_again_if_pages_have_become_smaller() {
    let server = MemoryServer::new(|request| match request.number {
        1 => page(&["a", "b", "c", "d"], None),
        3 => Reply::status(404),
        2 | 4 => page(&["a", "b"], Some(1)),
        _ => page(&["c", "d"], None),
    });
    let client = server.client();
    let (_, checkpoint) = consume(&client, 3).await;
    let mut failing = client
        .session_events(SESSION)
        .resume(checkpoint.clone())
        .stream();
    let error = failing.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.checkpoint(),
        Some(&checkpoint),
        "an error before that position leaves the checkpoint unchanged"
    );
    assert_eq!(
        ids(client.session_events(SESSION).resume(checkpoint)).await,
        ["d"]
    );
}

#[tokio::test(start_paused = true)]
async fn row_81_a_page_that_changed_since_yields_what_was_not_yielded_yet() {
    for (changed, rest) in [
        (&["c", "b", "a"][..], &["c"][..]),
        (&["late", "a", "b", "c"], &["late", "c"]),
        (&["a", "x", "c"], &["x", "c"]),
        (&["b"], &[]),
    ] {
        let server = MemoryServer::new(move |request| match request.number {
            1 => page(&["a", "b", "c"], None),
            _ => page(changed, None),
        });
        let client = server.client();
        let (_, checkpoint) = consume(&client, 2).await;
        let resumed = client.session_events(SESSION).resume(checkpoint);
        assert_eq!(ids(resumed).await, rest, "{changed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_lost_every_yielded_event_is_an_error() {
    let server = MemoryServer::new(|request| match request.number {
        1 => page(&["a", "b", "c"], None),
        _ => page(&["x", "c"], None),
    });
    let client = server.client();
    let (_, checkpoint) = consume(&client, 2).await;
    let mut stream = client
        .session_events(SESSION)
        .resume(checkpoint.clone())
        .stream();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleCheckpoint);
    assert_eq!(error.checkpoint(), Some(&checkpoint));
}

#[tokio::test(start_paused = true)]
async fn a_walk_resumes_after_a_malformed_event() {
    let body = r#"{"entities":[{"id":"a","eventType":"t"},{"id":42},{"id":"c","eventType":"t"}],"selfUri":"/x"}"#;
    for read_ahead in [0, 1] {
        let server = MemoryServer::new(move |_| Reply::ok(body));
        let client = server.client();
        let request = || client.session_events(SESSION).read_ahead(read_ahead);
        let mut stream = request().stream();
        assert_eq!(stream.next().await.unwrap().unwrap().id(), Some("a"));
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedEvent);
        assert!(error.to_string().contains("event 2 "), "{error}");
        let checkpoint = error.checkpoint().unwrap().clone();
        let resumed = request()
            .resume(checkpoint.clone())
            .stream()
            .next()
            .await
            .unwrap();
        assert_eq!(resumed.unwrap_err().kind(), ErrorKind::MalformedEvent);
        assert_eq!(ids(request().resume(checkpoint.skip())).await, ["c"]);

        let error = request().page().await.unwrap_err();
        assert_eq!(error.checkpoint().unwrap().state(), CheckpointState::Start);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_walk_keeps_its_direction_and_event_types() {
    let server = MemoryServer::new(|_| page(&["a", "b"], None));
    let client = server.client();
    let mut stream = client
        .session_events(SESSION)
        .before("9")
        .event_types(["t"])
        .stream();
    assert_eq!(stream.next().await.unwrap().unwrap().id(), Some("b"));
    let rest = ids(client.session_events(SESSION).resume(stream.checkpoint())).await;
    assert_eq!(rest, ["a"]);
    let request = &server.requests()[1];
    assert_eq!(
        (request.parameter("before"), request.parameter("eventType")),
        (Some("9"), Some("t"))
    );

    let other_types = client
        .session_events(SESSION)
        .event_types(["u"])
        .resume(stream.checkpoint());
    assert_eq!(
        other_types.page().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test(start_paused = true)]
async fn a_contact_walk_has_pages_checkpoints_and_errors_of_its_own() {
    let sessions = |ids: &[&str], next: &str| {
        let sessions: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        Reply::ok(format!(r#"{{"entities":[{}]{next}}}"#, sessions.join(",")))
    };
    let server = MemoryServer::new(move |request| match request.page() {
        0 => sessions(&["a", "b"], r#","nextUri":"/x?after=1""#),
        1 => sessions(&["c"], r#","nextUri":"/x?after=2""#),
        _ => Reply::status(403),
    });
    let client = server.client();
    let request = || client.contact_sessions("contact");
    let page = request().page().await.unwrap();
    assert_eq!((page.sessions().len(), page.next_cursor()), (2, Some("1")));
    let pages = request().read_ahead(1).pages().take(2);
    let sizes: Vec<_> = pages
        .map(|page| page.unwrap().sessions().len())
        .collect()
        .await;
    assert_eq!(sizes, [2, 1]);

    let mut stream = request().stream();
    assert_eq!(stream.next().await.unwrap().unwrap().id(), "a");
    let checkpoint = stream.checkpoint();
    let mut resumed = request().resume(checkpoint.clone()).stream();
    assert_eq!(resumed.next().await.unwrap().unwrap().id(), "b");
    assert_eq!(resumed.next().await.unwrap().unwrap().id(), "c");
    let error = resumed.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let text = error.to_string();
    assert!(
        text.contains("externalContacts:session:view") && !text.contains("event"),
        "{text}"
    );

    let events = client.session_events("contact").resume(checkpoint);
    let refused = events.validate().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(
        refused.to_string().contains("a contact's sessions"),
        "{refused}"
    );
}
