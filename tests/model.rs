//! The model covers every property of the published schema.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use journey_events::{Event, EventBody};
use serde_json::{Map, Value, json};

/// A value of a schema with every property set and every string distinct.
fn sample(schemas: &Map<String, Value>, schema: &Value, path: &str) -> Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap();
        return sample(schemas, &schemas[name], path);
    }
    let member = |(name, schema): (&String, &Value)| {
        (
            name.clone(),
            sample(schemas, schema, &format!("{path}/{name}")),
        )
    };
    match schema["type"].as_str().unwrap() {
        "object" => match schema.get("properties") {
            Some(properties) => properties.as_object().unwrap().iter().map(member).collect(),
            None => json!({ "key": sample(schemas, &schema["additionalProperties"], path) }),
        },
        "array" => json!([sample(schemas, &schema["items"], path)]),
        "string" => path.into(),
        "integer" => path.len().into(),
        "number" => json!(0.5),
        "boolean" => true.into(),
        other => panic!("{path}: unknown type {other}"),
    }
}

fn schemas() -> Map<String, Value> {
    let openapi: Value = serde_json::from_str(include_str!("fixtures/openapi.json")).unwrap();
    openapi["components"]["schemas"]
        .as_object()
        .unwrap()
        .clone()
}

/// The typed body, serialized as JSON.
fn body_as_json(event: &Event) -> Value {
    match event.body().unwrap() {
        EventBody::Web(body) => serde_json::to_value(body),
        EventBody::WebAction(body) => serde_json::to_value(body),
        EventBody::SegmentAssignment(body) => serde_json::to_value(body),
        EventBody::OutcomeAchieved(body) => serde_json::to_value(body),
        EventBody::App(body) => serde_json::to_value(body),
        other => panic!("{other:?}"),
    }
    .unwrap()
}

#[test]
fn every_property_of_a_body_is_reachable() {
    let schemas = schemas();
    let bodies: BTreeMap<_, _> = schemas["Event"]["properties"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("Event"))
        .collect();
    assert_eq!(bodies.len(), 5);
    for (name, schema) in bodies {
        let (first, rest) = name.split_at(1);
        let event_type = format!("com.genesys.journey.{}{rest}", first.to_uppercase());
        let body = sample(&schemas, schema, name);
        let event = json!({ "eventType": event_type, name.as_str(): body }).to_string();
        assert_eq!(
            body_as_json(&Event::from_json(&event).unwrap()),
            body,
            "{name}"
        );
    }
}

#[test]
fn every_property_of_the_envelope_is_reachable() {
    let schemas = schemas();
    let mut sample = sample(&schemas, &schemas["Event"], "event");
    let event = Event::from_json(&sample.to_string()).unwrap();
    let members = sample.as_object_mut().unwrap();
    members.retain(|name, _| !name.ends_with("Event"));
    let envelope = json!({
        "id": event.id(),
        "correlationId": event.correlation_id(),
        "customerId": event.customer_id(),
        "customerIdType": event.customer_id_type(),
        "session": event.session(),
        "eventType": event.event_type(),
        "createdDate": event.created_date(),
    });
    assert_eq!(envelope, sample);
}

#[test]
fn an_invalid_body_is_an_error_that_quotes_nothing() {
    let event = |body: &str| {
        Event::from_json(&format!(
            r#"{{"eventType":"com.genesys.journey.WebEvent"{body}}}"#
        ))
        .unwrap()
    };
    for (body, named) in [
        ("", "is missing"),
        (r#","webEvent":null"#, "is missing"),
        (
            r#","webEvent":{"totalEventCount":"canary"}"#,
            "can't be read",
        ),
    ] {
        let error = event(body).body().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("`webEvent`") && text.contains(named),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn invalid_events_are_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"eventType":null}"#,
        r#"{"eventType":"t"} x"#,
    ] {
        assert!(Event::from_json(text).is_err(), "{text}");
    }
}

#[test]
fn surrounding_whitespace_is_not_part_of_an_event() {
    let event = Event::from_json(" {\"eventType\": \"t\"}\r\n").unwrap();
    assert_eq!(event.json(), "{\"eventType\": \"t\"}");
}

#[test]
fn an_unreadable_session_does_not_fail_the_event() {
    for session in [r#"{"id":7}"#, r#"{"id":"a","id":"b"}"#, "\"s\"", "7"] {
        let json = format!(r#"{{"id":"e","session":{session},"eventType":"t"}}"#);
        let event = Event::from_json(&json).unwrap();
        assert_eq!((event.id(), event.session()), (Some("e"), None));
        assert_eq!(event.json(), json);
    }
}
