use super::*;
use crate::position::cursor::Direction;
use crate::position::digest::Digest;
use crate::position::walk_id::WalkKind;
use crate::position::{Carried, Yielded};

fn checkpoint() -> Checkpoint {
    Checkpoint {
        walk: WalkId {
            kind: Some(WalkKind::SessionEvents),
            service: "https://api.mypurecloud.de".into(),
            id: "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60".into(),
            direction: Direction::After,
            event_types: vec!["com.genesys.journey.WebEvent".into()],
        },
        position: Position {
            cursor: Some(Cursor::new("a%2Fb").unwrap()),
            yielded: Yielded::Digests((0..200).map(|id| Digest::of_id(&id.to_string())).collect()),
            carried: Carried {
                digests: (0..50).map(|_| Digest::of_id("carried")).collect(),
                is_expected: true,
            },
            malformed: Some(Digest::of_malformed("42")),
            blocked: Some(Cursor::new("c").unwrap()),
            done: true,
        },
    }
}

/// Version 1 as earlier versions of the crate wrote it.
const VERSION_1: &str = r#"{"version":1,"service":"https://api.mypurecloud.de","session":"s",
    "direction":"after","cursor":"a%2Fb","given":7,"last_id":"e7","done":false}"#;

#[test]
fn a_checkpoint_survives_json_postcard_and_message_pack() {
    let start = Checkpoint {
        position: Position::default(),
        ..checkpoint()
    };
    for checkpoint in [
        checkpoint(),
        start,
        serde_json::from_str(VERSION_1).unwrap(),
    ] {
        let json = serde_json::to_string(&checkpoint).unwrap();
        assert_eq!(
            serde_json::from_str::<Checkpoint>(&json).unwrap(),
            checkpoint
        );
        let value = serde_json::to_value(&checkpoint).unwrap();
        assert_eq!(
            serde_json::from_value::<Checkpoint>(value).unwrap(),
            checkpoint
        );
        let bytes = postcard::to_allocvec(&checkpoint).unwrap();
        assert_eq!(
            postcard::from_bytes::<Checkpoint>(&bytes).unwrap(),
            checkpoint
        );
        let named = rmp_serde::to_vec_named(&checkpoint).unwrap();
        assert_eq!(
            rmp_serde::from_slice::<Checkpoint>(&named).unwrap(),
            checkpoint
        );
        let array = rmp_serde::to_vec(&checkpoint).unwrap();
        assert_eq!(
            rmp_serde::from_slice::<Checkpoint>(&array).unwrap(),
            checkpoint
        );
    }
}

#[test]
fn a_checkpoint_within_a_page_of_200_takes_at_most_3_kb() {
    let json = serde_json::to_string(&checkpoint()).unwrap();
    assert!(json.len() <= 3_000, "{} bytes", json.len());
}

#[test]
fn so_much_of_what_is_carried_is_written_as_fits() {
    let mut checkpoint = checkpoint();
    let digest = |id: usize| Digest::of_id(&id.to_string());
    checkpoint.position.carried.digests = (0..300).map(digest).collect();
    for (yielded, left) in [(0, 250), (200, 50), (300, 0)] {
        checkpoint.position.yielded = Yielded::Digests((0..yielded).map(digest).collect());
        let json = serde_json::to_string(&checkpoint).unwrap();
        let read: Checkpoint = serde_json::from_str(&json).unwrap();
        let latest: Vec<_> = (0..left).map(digest).collect();
        assert_eq!(read.position.carried.digests, latest);
    }
}

#[test]
fn version_1_is_read() {
    let checkpoint: Checkpoint = serde_json::from_str(VERSION_1).unwrap();
    assert_eq!(
        (checkpoint.cursor(), checkpoint.yielded()),
        (Some("a%2Fb"), 7)
    );
    assert_eq!(checkpoint.walk.kind, None);
    assert_eq!(
        checkpoint.position.yielded,
        Yielded::Count {
            count: 7,
            last_id: Some("e7".into())
        }
    );
}

#[test]
fn a_checkpoint_that_was_damaged_is_refused_by_name() {
    let json = serde_json::to_string(&checkpoint()).unwrap();
    for (from, to, named) in [
        (r#""version":2"#, r#""version":3"#, "version 3"),
        ("a%2Fb", "a&limit=1", "cursor"),
        (r#""carried":""#, r#""carried":"!"#, "`carried`"),
    ] {
        let damaged = json.replace(from, to);
        assert_ne!(damaged, json);
        let error = serde_json::from_str::<Checkpoint>(&damaged).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn skipping_passes_the_malformed_event_alone() {
    let skipped = checkpoint().skip();
    assert_eq!(skipped.yielded(), 201);
    assert_eq!(skipped.position.malformed, None);
    assert_eq!(skipped.clone().skip(), skipped);
}

#[test]
fn debug_leaves_out_cursors() {
    let text = format!("{:?}", checkpoint());
    assert!(!text.contains("a%2Fb"), "{text}");
}
