//! Going on from a checkpoint: exactly the events not yet given out.

use futures::{StreamExt, TryStreamExt};

use super::memory::{Memory, Reply, page, session};
use super::session::{SESSION, all_ids};
use crate::{Checkpoint, CheckpointState, Client, ErrorKind, Event, SessionEvents};

async fn ids(request: SessionEvents) -> Vec<String> {
    let id = |event: Event| event.id().unwrap().to_owned();
    request.stream().map_ok(id).try_collect().await.unwrap()
}

/// Takes events from a new walk, and the checkpoint after them, through its serialized form.
async fn take(client: &Client, count: usize) -> (Vec<String>, Checkpoint) {
    let mut stream = client.session_events(SESSION).stream();
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(
            stream
                .next()
                .await
                .unwrap()
                .unwrap()
                .id()
                .unwrap()
                .to_owned(),
        );
    }
    let json = serde_json::to_string(&stream.checkpoint()).unwrap();
    (taken, serde_json::from_str(&json).unwrap())
}

#[tokio::test(start_paused = true)]
async fn from_every_place_exactly_the_rest_comes() {
    let sizes = [3, 0, 2, 1, 0, 4];
    let memory = Memory::new(move |asked| session(&sizes, asked));
    let client = memory.client();
    for count in 0..=10 {
        let (mut all, checkpoint) = take(&client, count).await;
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
async fn with_read_ahead_the_place_is_that_of_the_consumer() {
    let sizes = [2; 6];
    let memory = Memory::new(move |asked| session(&sizes, asked));
    let client = memory.client();
    let mut stream = client.session_events(SESSION).read_ahead(3).stream();
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    let rest = ids(client.session_events(SESSION).resume(stream.checkpoint())).await;
    assert_eq!(rest, all_ids(&sizes)[3..]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_consumed_is_not_asked_for_again() {
    let memory = Memory::new(|asked| session(&[2, 2], asked));
    let (_, checkpoint) = take(&memory.client(), 2).await;
    assert_eq!((checkpoint.cursor(), checkpoint.yielded()), (Some("1"), 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_added_to_the_last_page_since_comes_out_of_a_finished_walk() {
    let memory = Memory::new(|asked| match asked.number {
        1 => page(&["a", "b"], None),
        2 => page(&["a", "b", "c"], Some(1)),
        _ => page(&["d"], None),
    });
    let client = memory.client();
    let (_, checkpoint) = take(&client, 2).await;
    assert_eq!(checkpoint.state(), CheckpointState::Done);
    assert_eq!(
        ids(client.session_events(SESSION).resume(checkpoint)).await,
        ["c", "d"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_place_past_the_first_of_smaller_pages_is_found() {
    let memory = Memory::new(|asked| match asked.number {
        1 => page(&["a", "b", "c", "d"], None),
        3 => Reply::status(404),
        2 | 4 => page(&["a", "b"], Some(1)),
        _ => page(&["c", "d"], None),
    });
    let client = memory.client();
    let (_, checkpoint) = take(&client, 3).await;
    let mut failing = client
        .session_events(SESSION)
        .resume(checkpoint.clone())
        .stream();
    let error = failing.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.checkpoint(),
        Some(&checkpoint),
        "an error on the way there moves nothing"
    );
    assert_eq!(
        ids(client.session_events(SESSION).resume(checkpoint)).await,
        ["d"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_that_lost_the_event_is_an_error() {
    let memory = Memory::new(|asked| match asked.number {
        1 => page(&["a", "b", "c"], None),
        _ => page(&["a", "x", "c"], None),
    });
    let client = memory.client();
    let (_, checkpoint) = take(&client, 2).await;
    let mut stream = client
        .session_events(SESSION)
        .resume(checkpoint.clone())
        .stream();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleCheckpoint);
    assert_eq!(error.checkpoint(), Some(&checkpoint));
}

#[tokio::test(start_paused = true)]
async fn the_walk_goes_on_past_an_event_that_can_not_be_read() {
    let body = r#"{"entities":[{"id":"a","eventType":"t"},{"id":42},{"id":"c","eventType":"t"}],"selfUri":"/x"}"#;
    for read_ahead in [0, 1] {
        let memory = Memory::new(move |_| Reply::ok(body));
        let client = memory.client();
        let request = || client.session_events(SESSION).read_ahead(read_ahead);
        let mut stream = request().stream();
        assert_eq!(stream.next().await.unwrap().unwrap().id(), Some("a"));
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedEvent);
        assert!(error.to_string().contains("event 2 "), "{error}");
        let place = error.checkpoint().unwrap().clone();
        let again = request()
            .resume(place.clone())
            .stream()
            .next()
            .await
            .unwrap();
        assert_eq!(again.unwrap_err().kind(), ErrorKind::MalformedEvent);
        assert_eq!(ids(request().resume(place.skip(1))).await, ["c"]);

        let error = request().page().await.unwrap_err();
        assert_eq!(error.checkpoint().unwrap().state(), CheckpointState::Start);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_walk_keeps_its_direction_and_event_types() {
    let memory = Memory::new(|_| page(&["a", "b"], None));
    let client = memory.client();
    let mut stream = client
        .session_events(SESSION)
        .before("9")
        .event_types(["t"])
        .stream();
    assert_eq!(stream.next().await.unwrap().unwrap().id(), Some("b"));
    let rest = ids(client.session_events(SESSION).resume(stream.checkpoint())).await;
    assert_eq!(rest, ["a"]);
    let asked = &memory.asked()[1];
    assert_eq!(
        (asked.parameter("before"), asked.parameter("eventType")),
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
