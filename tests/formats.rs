//! Events in formats of serde read back equal, or fail with an error.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use journey_events::Event;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Texts that a reader of plain JSON would change or refuse.
const TEXTS: [&str; 4] = [
    r#"{"eventType":"t"}"#,
    "{ \"eventType\" : \"t\",\n \"id\":\"a\", \"n\": 1.50, \"id\":\"b\" }",
    r#"{"eventType":"t","a":1e999,"b":"\ud83d","\ud83d":123456789012345678901}"#,
    r#"{"eventType":"\u0074","id":7}"#,
];

const MARKER: &str = "serde_json::private";

fn events() -> Vec<Event> {
    let event = |text: &&str| Event::from_json(text).unwrap();
    TEXTS.iter().map(event).collect()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Row<T> {
    session: String,
    event: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    session: String,
    #[serde(flatten)]
    rest: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Event(Event),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Event(Event),
}

fn row(event: Event) -> Row<Event> {
    Row {
        session: "s".to_owned(),
        event,
    }
}

/// The bytes that a value was written as, checked to read back equal, or the error.
fn there_and_back<T, E: ToString>(
    value: &T,
    write: impl Fn(&T) -> Result<Vec<u8>, E>,
    read: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<Vec<u8>, String>
where
    T: PartialEq + std::fmt::Debug,
{
    let bytes = write(value).map_err(|error| error.to_string())?;
    assert!(!String::from_utf8_lossy(&bytes).contains(MARKER));
    assert_eq!(&read(&bytes)?, value);
    Ok(bytes)
}

fn json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> Result<Vec<u8>, String> {
    there_and_back(value, serde_json::to_vec, |bytes| {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    })
}

fn postcard<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> Result<Vec<u8>, String> {
    there_and_back(value, postcard::to_stdvec, |bytes| {
        postcard::from_bytes(bytes).map_err(|error| error.to_string())
    })
}

/// `MessagePack` with structs as arrays, as maps, and for humans.
fn message_pack<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> [Result<Vec<u8>, String>; 3] {
    let read = |bytes: &[u8]| rmp_serde::from_slice(bytes).map_err(|error| error.to_string());
    let for_humans = |value: &T| {
        let mut bytes = Vec::new();
        let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_human_readable();
        value.serialize(&mut serializer).map(|()| bytes)
    };
    [
        there_and_back(value, rmp_serde::to_vec, read),
        there_and_back(value, rmp_serde::to_vec_named, read),
        there_and_back(value, for_humans, |bytes| {
            let mut json = rmp_serde::Deserializer::new(bytes).with_human_readable();
            T::deserialize(&mut json).map_err(|error| error.to_string())
        }),
    ]
}

#[test]
fn json_holds_the_exact_text() {
    for (event, text) in events().into_iter().zip(TEXTS) {
        assert_eq!(json(&event).unwrap(), text.as_bytes());
        let row = row(event.clone());
        let expected = format!(r#"{{"session":"s","event":{text}}}"#);
        assert_eq!(json(&row).unwrap(), expected.as_bytes());
        let pretty = serde_json::to_string_pretty(&vec![&row]).unwrap();
        assert!(pretty.contains(text), "{pretty}");
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut bytes);
        event.serialize(&mut serializer).unwrap();
        assert_eq!(bytes, text.as_bytes());
    }
    assert_eq!(
        serde_json::to_value(&events()[0]).unwrap(),
        serde_json::json!({ "eventType": "t" })
    );
}

#[test]
fn a_json_value_reads_back_as_an_event() {
    let value = serde_json::json!({ "eventType": "t", "id": "a" });
    let event: Event = serde_json::from_value(value).unwrap();
    assert_eq!((event.event_type(), event.id()), ("t", Some("a")));
}

#[test]
fn binary_formats_read_back_equal() {
    for event in events() {
        postcard(&event).unwrap();
        postcard(&vec![row(event.clone())]).unwrap();
        let [as_array, as_map, _] = message_pack(&event);
        as_array.and(as_map).unwrap();
        let [as_array, as_map, _] = message_pack(&vec![row(event)]);
        as_array.and(as_map).unwrap();
    }
}

#[test]
fn a_format_that_cannot_hold_the_text_is_an_error() {
    for event in events() {
        let [_, _, for_humans] = message_pack(&event);
        assert!(for_humans.unwrap_err().contains("Event::json"));
    }
}

#[test]
fn a_flattened_event_is_an_error() {
    for event in events() {
        let flat = Flat {
            session: "s".to_owned(),
            rest: event.clone(),
        };
        assert!(json(&flat).unwrap_err().contains("Event::json"));
        postcard(&flat).unwrap_err();
        let [as_array, as_map, for_humans] = message_pack(&flat);
        assert!(as_array.is_err() && as_map.is_err() && for_humans.is_err());
        json(&Tagged::Event(event.clone())).unwrap_err();
        let [as_array, as_map, for_humans] = message_pack(&Tagged::Event(event));
        assert!(as_array.is_err() && as_map.is_err() && for_humans.is_err());
    }
    let flat = r#"{"session":"s","eventType":"t","x":"someone@customer.example"}"#;
    let error = serde_json::from_str::<Flat<Event>>(flat).unwrap_err();
    assert!(!error.to_string().contains("someone"), "{error}");
}

#[test]
fn an_event_below_a_flattened_field_reads_back_equal_or_is_an_error() {
    for event in events() {
        let flat = Flat {
            session: "s".to_owned(),
            rest: row(event.clone()),
        };
        let written = serde_json::to_string(&flat).unwrap();
        assert!(written.contains(event.json()) && !written.contains(MARKER));
        json(&flat).unwrap_err();
        let [_, as_map, for_humans] = message_pack(&flat);
        assert!(as_map.is_err() && for_humans.is_err());

        let untagged = Untagged::Event(event.clone());
        assert_eq!(serde_json::to_string(&untagged).unwrap(), event.json());
        json(&untagged).unwrap_err();
        let map = BTreeMap::from([("a", event.clone())]);
        assert!(serde_json::to_string(&map).unwrap().contains(event.json()));
    }
}

#[test]
fn an_error_quotes_nothing() {
    let canary = "someone@customer.example";
    for text in [
        canary.to_owned(),
        format!(r#""{canary}""#),
        format!(r#"{{"eventType":["{canary}"]}}"#),
    ] {
        let bytes = postcard::to_stdvec(&text).unwrap();
        let error = postcard::from_bytes::<Event>(&bytes).unwrap_err();
        assert!(!error.to_string().contains("someone"), "{error}");
        let bytes = rmp_serde::to_vec(&text).unwrap();
        let error = rmp_serde::from_slice::<Event>(&bytes).unwrap_err();
        assert!(!error.to_string().contains("someone"), "{error}");
    }
    let bytes = rmp_serde::to_vec(&987_654_321).unwrap();
    let error = rmp_serde::from_slice::<Event>(&bytes).unwrap_err();
    assert!(!error.to_string().contains("987654321"), "{error}");
}
