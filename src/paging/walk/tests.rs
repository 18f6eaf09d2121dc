use super::*;
use crate::decode::{self, Listing};
use crate::model::Event;
use crate::position::Yielded;
use crate::position::cursor::Direction;
use crate::position::digest::Digest;

fn query(direction: Direction) -> Query {
    Query {
        endpoint: Endpoint::SessionEvents("s".into()),
        limit: 200,
        direction,
        follows: false,
        filters: Vec::new(),
    }
}

fn start(position: &Position) -> Walk {
    Walk::start(&query(Direction::After), position, None)
}

fn following() -> Walk {
    let follow = Follow::new(Duration::from_secs(10), "s".into());
    Walk::start(&query(Direction::After), &Position::default(), Some(follow))
}

fn cursor(text: &str) -> Cursor {
    Cursor::new(text).unwrap()
}

/// A listing of events with these ids; a negative one can't be decoded.
fn listing(ids: &[i32], next: Option<&str>) -> Listing<Event> {
    let event = |id: &i32| match id {
        0.. => format!(r#"{{"id":"{id}","eventType":"t"}}"#),
        _ => "{}".to_owned(),
    };
    let events: Vec<_> = ids.iter().map(event).collect();
    let next = next.map(|next| format!(r#","nextUri":"/x?after={next}""#));
    let json = format!(
        r#"{{"entities":[{}]{}}}"#,
        events.join(","),
        next.unwrap_or_default()
    );
    decode::listing(json.as_bytes()).unwrap()
}

/// The ids that a page yields, if it is yielded, and the kind of the error after it.
fn receive(
    walk: &mut Walk,
    ids: &[i32],
    next: Option<&str>,
) -> (Option<Vec<String>>, Option<crate::ErrorKind>) {
    receive_in(walk, Duration::from_secs(1), ids, next)
}

/// The same, of a request that took some time.
fn receive_in(
    walk: &mut Walk,
    request_time: Duration,
    ids: &[i32],
    next: Option<&str>,
) -> (Option<Vec<String>>, Option<crate::ErrorKind>) {
    let page = ReceivedPage::new(listing(ids, next), Direction::After, request_time);
    let (step, error) = walk.page_received(page);
    let ids = |step: Step<Event>| {
        let ids = step.page.entities.iter();
        ids.map(|event| event.id().unwrap().to_owned()).collect()
    };
    (step.map(ids), error.map(|error| error.kind()))
}

fn yielded(ids: &[&str]) -> (Option<Vec<String>>, Option<crate::ErrorKind>) {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    (Some(ids), None)
}

fn page(text: Option<&str>, number: u64) -> State {
    State::Page {
        cursor: text.map(cursor),
        number,
    }
}

#[test]
fn a_walk_starts_at_the_first_page_and_ends_after_the_last() {
    let mut walk = start(&Position::default());
    assert_eq!(walk.state(), page(None, 1));
    assert_eq!(receive(&mut walk, &[1, 2], Some("a")), yielded(&["1", "2"]));
    assert_eq!(walk.state(), page(Some("a"), 2));
    assert_eq!(receive(&mut walk, &[3], None), yielded(&["3"]));
    assert_eq!(walk.state(), State::End);
}

#[test]
fn a_resumed_walk_starts_on_its_page_and_leaves_out_what_was_yielded() {
    let mut position = Position::at(cursor("a"));
    position.advance(&[Digest::of_id("1")]);
    let mut walk = start(&position);
    assert_eq!(walk.state(), page(Some("a"), 1));
    assert_eq!(receive(&mut walk, &[1, 2], Some("b")), yielded(&["2"]));
    assert_eq!(
        receive(&mut walk, &[1], None),
        yielded(&["1"]),
        "another page"
    );
}

#[test]
fn an_entity_that_cant_be_decoded_ends_the_walk_after_those_before_it() {
    let mut walk = start(&Position::default());
    let (ids, error) = receive(&mut walk, &[1, -1, 2], Some("a"));
    assert_eq!(
        (ids, error),
        (
            Some(vec!["1".into()]),
            Some(crate::ErrorKind::MalformedEvent)
        )
    );
    assert_eq!(walk.state(), State::End);
}

#[test]
fn a_cursor_that_was_followed_before_ends_the_walk() {
    let mut walk = start(&Position::default());
    receive(&mut walk, &[1], Some("a"));
    receive(&mut walk, &[2], Some("b"));
    let (ids, error) = receive(&mut walk, &[3], Some("a"));
    assert_eq!(
        (ids, error),
        (Some(vec!["3".into()]), Some(crate::ErrorKind::CursorLoop))
    );
    assert_eq!(walk.state(), State::End);
}

#[test]
fn row_80_empty_pages_stall_after_ten_minutes_of_request_time_without_an_event() {
    let mut walk = start(&Position::default());
    let (minute, mut cursors) = (Duration::from_secs(60), 0..);
    let mut empty = |walk: &mut Walk, time| {
        let cursor = format!("c{}", cursors.next().unwrap());
        receive_in(walk, time, &[], Some(&cursor)).1
    };
    for _ in 0..600 {
        assert_eq!(empty(&mut walk, minute / 61), None);
    }
    assert_eq!(receive(&mut walk, &[1], Some("event")), yielded(&["1"]));
    for _ in 0..9 {
        assert_eq!(empty(&mut walk, minute), None);
    }
    assert_eq!(empty(&mut walk, minute), Some(crate::ErrorKind::Stalled));
    assert_eq!(walk.state(), State::End);
}

#[test]
fn a_page_without_the_event_of_the_checkpoint_ends_the_walk_before_it_is_yielded() {
    let mut position = Position::at(cursor("a"));
    position.advance(&[Digest::of_id("1")]);
    let mut walk = start(&position);
    let (ids, error) = receive(&mut walk, &[2], None);
    assert_eq!(
        (ids, error),
        (None, Some(crate::ErrorKind::StaleCheckpoint))
    );
    assert_eq!(walk.state(), State::End);
}

#[test]
fn a_following_walk_waits_and_requests_the_last_page_again() {
    let mut walk = following();
    let interval = Duration::from_secs(10);
    assert_eq!(receive(&mut walk, &[1], None), yielded(&["1"]));
    assert_eq!(walk.state(), State::Wait { interval });
    walk.waited();
    assert_eq!(walk.state(), page(None, 2));
    assert_eq!(receive(&mut walk, &[1, 2], None), yielded(&["2"]));
    walk.waited();
    assert_eq!(
        receive(&mut walk, &[1, 2], None),
        (None, None),
        "nothing new isn't a page"
    );
    assert_eq!(walk.state(), State::Session { id: "s".into() });
    walk.session_received(None);
    assert_eq!(walk.state(), State::Wait { interval });
}

#[test]
fn a_following_walk_ends_with_its_session() {
    let mut walk = following();
    receive(&mut walk, &[1], None);
    walk.waited();
    receive(&mut walk, &[1], None);
    let ended = r#"{"id":"s","endedDate":"2026-03-01T10:00:00Z"}"#;
    walk.session_received(Some(&decode::single(ended.as_bytes()).unwrap()));
    assert_eq!(walk.state(), page(None, 3), "one last look");
    receive(&mut walk, &[1], None);
    assert_eq!(walk.state(), State::End);
}

#[test]
fn a_backward_walk_yields_the_newest_first_and_follows_previous_uris() {
    let mut walk = Walk::start(&query(Direction::Before), &Position::at(cursor("z")), None);
    let json = r#"{"entities":[{"id":"1","eventType":"t"},{"id":"2","eventType":"t"}],
        "nextUri":"/x?after=n","previousUri":"/x?before=p"}"#;
    let (step, _) = walk.page_received(ReceivedPage::<Event>::new(
        decode::listing(json.as_bytes()).unwrap(),
        Direction::Before,
        Duration::ZERO,
    ));
    let ids: Vec<_> = step.iter().flat_map(|step| &step.page.entities).collect();
    assert_eq!((ids[0].id(), ids[1].id()), (Some("2"), Some("1")));
    assert_eq!(walk.state(), page(Some("p"), 2));
}

#[test]
fn row_79_a_late_event_ahead_of_the_last_one_is_yielded_when_its_page_is_polled() {
    let mut walk = following();
    receive(&mut walk, &[1, 3], None);
    walk.waited();
    assert_eq!(receive(&mut walk, &[1, 2, 3], None), yielded(&["2"]));
    walk.waited();
    assert_eq!(
        receive(&mut walk, &[0, 1, 2, 3, 4], None),
        yielded(&["0", "4"])
    );
}

#[test]
fn a_polled_page_that_lost_events_yields_none_of_them_when_they_return() {
    let mut walk = following();
    receive(&mut walk, &[1, 2], None);
    walk.waited();
    assert_eq!(receive(&mut walk, &[], None), (None, None));
    walk.session_received(None);
    walk.waited();
    assert_eq!(receive(&mut walk, &[1, 2, 3], None), yielded(&["3"]));
}

#[test]
fn row_81_what_moved_to_the_next_page_is_not_yielded_again() {
    let mut position = Position::at(cursor("a"));
    for id in ["1", "2", "3"] {
        position.advance(&[Digest::of_id(id)]);
    }
    let mut walk = start(&position);
    assert_eq!(receive(&mut walk, &[2, 9, 1], Some("b")), yielded(&["9"]));
    assert_eq!(receive(&mut walk, &[3, 4], None), yielded(&["4"]));
}

#[test]
fn a_checkpoint_after_a_loop_does_not_follow_its_cursor_again() {
    let mut walk = start(&Position::default());
    receive(&mut walk, &[1], Some("a"));
    receive(&mut walk, &[2], Some("b"));
    let looping = ReceivedPage::new(listing(&[3], Some("a")), Direction::After, Duration::ZERO);
    let (step, _) = walk.page_received(looping);
    let reached = step.unwrap().reached();
    assert_eq!(reached.blocked, Some(cursor("a")));
    assert_eq!(reached.yielded, Yielded::Digests(vec![Digest::of_id("3")]));
    let mut resumed = start(&reached);
    let (ids, error) = receive(&mut resumed, &[3], Some("a"));
    assert_eq!(
        (ids, error),
        (Some(vec![]), Some(crate::ErrorKind::CursorLoop))
    );
}

#[test]
fn a_loop_on_a_polled_page_without_news_keeps_the_cursor_that_must_not_be_followed() {
    let mut walk = following();
    receive(&mut walk, &[1], Some("a"));
    receive(&mut walk, &[2], Some("b"));
    receive(&mut walk, &[3], None);
    walk.waited();
    let looping = ReceivedPage::new(listing(&[3], Some("a")), Direction::After, Duration::ZERO);
    let (step, error) = walk.page_received(looping);
    assert_eq!(
        error.map(|error| error.kind()),
        Some(crate::ErrorKind::CursorLoop)
    );
    let reached = step.unwrap().reached();
    assert_eq!(reached.blocked, Some(cursor("a")));
    assert_eq!(reached.yielded, Yielded::Digests(vec![Digest::of_id("3")]));
}
