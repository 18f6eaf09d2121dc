//! Properties of generated events, whatever the seed.

mod visitors;

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{EventType, Generator, Identity};
use crate::form::Form;
use crate::json::Json;

const EVENTS: u64 = 2_000;

fn generator(seed: u64, session: u64) -> Generator {
    Generator::new(&Identity::generated(
        seed,
        session,
        session - session % 3,
        Form::Both,
    ))
}

fn text(generator: &mut Generator, position: u64) -> String {
    let mut json = Json::default();
    generator.write(position, &mut json);
    json.into_text()
}

fn texts(seed: u64, session: u64, events: u64) -> Vec<String> {
    let mut generator = generator(seed, session);
    (0..events)
        .map(|position| text(&mut generator, position))
        .collect()
}

fn parsed(seed: u64, session: u64) -> Vec<Value> {
    first(seed, session, EVENTS)
}

fn first(seed: u64, session: u64, events: u64) -> Vec<Value> {
    let texts = texts(seed, session, events);
    let parsed = texts.iter().map(|text| serde_json::from_str(text).unwrap());
    parsed.collect()
}

/// FNV-1a over the text of a session's first events.
fn hash(session: u64) -> String {
    let texts = texts(1, session, 500);
    let bytes = texts.iter().flat_map(|text| text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn the_first_events_of_a_seed_are_the_same_in_every_version() {
    // A change here breaks the recorded expectations of every user.
    let hashes = [0, 1, 2, 3].map(hash);
    assert_eq!(
        hashes,
        [
            "7558d8531e45bdd0",
            "113195dd681335b4",
            "146aec054c803281",
            "11b6f32928537efd"
        ]
    );
}

#[test]
fn an_event_is_the_same_in_any_order() {
    for session in 0..3 {
        let in_order = texts(5, session, 500);
        let mut generator = generator(5, session);
        for position in (0..500).map(|n| n * 317 % 500).chain((0..500).rev()) {
            let event = text(&mut generator, position as u64);
            assert_eq!(event, in_order[position]);
        }
    }
}

#[test]
fn another_seed_generates_other_events_and_sessions() {
    assert_ne!(texts(1, 0, 1), texts(2, 0, 1));
    assert_ne!(
        Identity::generated(1, 0, 0, Form::Both).id,
        Identity::generated(2, 0, 0, Form::Both).id
    );
    assert_ne!(
        Identity::generated(1, 0, 0, Form::Both).id,
        Identity::generated(1, 1, 0, Form::Both).id
    );
}

#[test]
fn ids_are_unique_across_sessions_and_seeds() {
    let mut ids = HashSet::new();
    for (seed, session) in [(1, 0), (1, 1), (1, 2), (2, 0)] {
        for event in parsed(seed, session) {
            assert!(ids.insert(event["id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(ids.len() as u64, 4 * EVENTS);
}

#[test]
fn counters_are_right_and_dates_never_decrease() {
    for session in 0..3 {
        let (mut count, mut views, mut last) = (0, 0, String::new());
        for event in parsed(3, session) {
            count += 1;
            let body = &event["webEvent"];
            views += u64::from(body["eventName"] == "page_viewed");
            if event["eventType"] == EventType::Web.name() {
                assert_eq!(body["totalEventCount"], count);
                assert_eq!(body["totalPageviewCount"], views);
            }
            // With the Z, a date without a fraction would sort after one with it.
            let date = event["createdDate"]
                .as_str()
                .unwrap()
                .trim_end_matches('Z')
                .to_owned();
            assert!(last <= date, "{last} then {date}");
            last = date;
        }
    }
}

#[test]
fn most_dates_have_milliseconds_and_some_have_none() {
    let events = parsed(3, 0);
    let plain = events
        .iter()
        .filter(|e| !e["createdDate"].as_str().unwrap().contains('.'))
        .count();
    assert!(
        (events.len() / 50..events.len() / 5).contains(&plain),
        "{plain}"
    );
}

#[test]
fn all_event_types_occur_and_only_in_their_kind_of_session() {
    let types = |session| -> BTreeSet<String> {
        parsed(1, session)
            .iter()
            .map(|e| e["eventType"].as_str().unwrap().to_owned())
            .collect()
    };
    let name = |event_type: EventType| event_type.name().to_owned();
    let shared = [
        name(EventType::SegmentAssignment),
        name(EventType::OutcomeAchieved),
    ];
    let web = [name(EventType::Web), name(EventType::WebAction)];
    assert_eq!(types(0), shared.iter().cloned().chain(web).collect());
    let app = [name(EventType::App)];
    assert_eq!(types(2), shared.into_iter().chain(app).collect());
}

#[test]
fn the_event_type_is_the_one_written() {
    let mut generator = generator(6, 0);
    for position in 0..500 {
        let name = generator.event_type(position).name();
        let event: Value = serde_json::from_str(&text(&mut generator, position)).unwrap();
        assert_eq!(event["eventType"], name);
    }
}

#[test]
fn a_disposed_offer_has_its_id_and_the_time_since_the_offer() {
    let events = parsed(1, 0);
    let disposed = events
        .iter()
        .filter(|e| e["webActionEvent"]["timeToDisposition"].is_u64());
    for event in disposed.clone() {
        let at = events.iter().position(|e| e["id"] == event["id"]).unwrap();
        let (offer, end) = (&events[at - 1]["webActionEvent"], &event["webActionEvent"]);
        assert_eq!(offer["action"]["state"], "offered");
        assert_eq!(offer["action"]["id"], end["action"]["id"]);
        assert_eq!(event["createdDate"], end["action"]["createdDate"]);
        let waited = millisecond(event) - millisecond(&events[at - 1]);
        assert_eq!(end["timeToDisposition"], waited.rem_euclid(3_600_000));
    }
    assert!(disposed.count() > 20);
}

/// Milliseconds into the hour.
fn millisecond(event: &Value) -> i64 {
    let (_, minute) = event["createdDate"]
        .as_str()
        .unwrap()
        .split_once(':')
        .unwrap();
    let (minute, second) = minute.trim_end_matches('Z').split_once(':').unwrap();
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let [minute, second, fraction] = [minute, second, fraction].map(|n| n.parse::<i64>().unwrap());
    minute * 60_000 + second * 1_000 + fraction
}

#[test]
fn hosts_and_addresses_are_reserved_for_documentation() {
    for seed in 0..8 {
        for text in texts(seed, 0, 200).into_iter().chain(texts(seed, 2, 200)) {
            let hosts = text
                .split("https://")
                .skip(1)
                .filter_map(|rest| rest.split('/').next());
            assert!(
                hosts.clone().all(|host| host.ends_with(".example")),
                "{text}"
            );
            let event: Value = serde_json::from_str(&text).unwrap();
            for body in ["webEvent", "appEvent"] {
                if let Some(address) = event[body]["ipAddress"].as_str() {
                    let documentation = ["192.0.2.", "198.51.100.", "203.0.113."];
                    assert!(documentation.iter().any(|block| address.starts_with(block)));
                }
            }
        }
    }
}

#[test]
fn an_event_takes_about_2_kb() {
    for session in 0..6 {
        for seed in 1..6 {
            let texts = texts(seed, session, EVENTS);
            let mean = texts.iter().map(String::len).sum::<usize>() / texts.len();
            assert!(
                (1_700..2_300).contains(&mean),
                "seed {seed}, session {session}: {mean}"
            );
        }
    }
}

#[test]
#[ignore = "a measurement: cargo test --release -- --ignored --nocapture"]
fn a_core_renders_150_000_events_a_second() {
    let mut generator = generator(1, 0);
    let (pages, size) = (5_000, 200);
    let start = tokio::time::Instant::now();
    let mut bytes = 0;
    for page in 0..pages {
        let mut json = Json::with_capacity(600_000);
        (0..size).for_each(|n| generator.write(page * size + n, &mut json));
        bytes += json.into_text().len() as u64;
    }
    let events = pages * size;
    let rate = u128::from(events) * 1_000_000 / start.elapsed().as_micros();
    eprintln!("{rate} events a second, {} bytes per event", bytes / events);
    assert!(rate > 150_000);
}
