//! The model covers every property of the published schema.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::error::Error as _;

use journey_events::model::{DateTime, EventSession, MediaType, WebEvent};
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
fn a_body_that_is_missing_or_not_an_object_is_an_error_that_quotes_nothing() {
    let event = |body: &str| {
        Event::from_json(&format!(
            r#"{{"eventType":"com.genesys.journey.WebEvent"{body}}}"#
        ))
        .unwrap()
    };
    for body in [
        "",
        r#","webEvent":null"#,
        r#","webEvent":"canary""#,
        r#","webEvent":["canary",{"eventName":"canary"}]"#,
        r#","webEvent":{"eventName":"a"},"webEvent":7"#,
        r#","webEvent":"canary\ud83d""#,
    ] {
        let error = event(body).body().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("`webEvent`") && text.contains("is missing or isn't an object"),
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
    for session in ["\"s\"", "7", r#"["s"]"#, r#""\ud83d""#, "1e999"] {
        let json = format!(r#"{{"id":"e","session":{session},"eventType":"t"}}"#);
        let event = Event::from_json(&json).unwrap();
        assert_eq!((event.id(), event.session()), (Some("e"), None));
        assert_eq!(event.json(), json);
    }
}

#[test]
fn an_odd_field_of_a_session_costs_that_field() {
    for (session, id) in [
        (r#"{"id":7,"type":"web"}"#, None),
        (r#"{"id":"\ud83d","type":"web"}"#, None),
        (r#"{"id":"a","\ud83d":1,"type":"web"}"#, Some("a")),
        (r#"{"id":"a","type":"web","id":"b"}"#, Some("b")),
        (r#"{"type":"web","id":"a","id":7}"#, None),
    ] {
        let json = format!(r#"{{"session":{session},"eventType":"t"}}"#);
        let event = Event::from_json(&json).unwrap();
        let session = event.session().unwrap();
        assert_eq!(session.id.as_deref(), id, "{json}");
        assert_eq!(session.r#type.as_deref(), Some("web"), "{json}");
    }
}

/// A web event with this member in its body, before others that are as published.
fn web_event(member: &str) -> WebEvent {
    let event = format!(
        r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{member},"eventName":"a","device":{{"screenHeight":7}}}}}}"#
    );
    let EventBody::Web(body) = Event::from_json(&event).unwrap().body().unwrap() else {
        panic!("{event}")
    };
    *body
}

#[test]
fn row_72_an_odd_field_of_a_body_costs_that_field() {
    for odd in [
        r#""totalEventCount":"1""#,
        r#""totalEventCount":1.5"#,
        r#""totalEventCount":1e999"#,
        r#""totalEventCount":9223372036854775808"#,
        r#""searchQuery":"shoes\ud83d""#,
        r#""searchQuery":{"shoes":["red"]}"#,
        r#""authenticated":"yes""#,
        r#""authenticated":1"#,
        r#""browser":["Firefox","131.0"]"#,
        r#""browser":"Firefox""#,
        r#""page":[]"#,
        r#""traits":[["email"]]"#,
        r#""\ud83d":1"#,
        r#""x":{"\ud83d":1e999}"#,
        r#""eventName":7"#,
    ] {
        let expected = web_event(r#""x":0"#);
        assert_eq!(web_event(odd), expected, "{odd}");
        assert_eq!(expected.event_name.as_deref(), Some("a"));
        assert_eq!(expected.device.unwrap().screen_height, Some(7));
    }
}

#[test]
fn row_72_an_odd_value_deeper_in_a_body_costs_that_value() {
    let odd = [
        r#""device":{"screenDensity":2.625,"isMobile":true,"category":7,"screenWidth":1}"#,
        r#""page":{"breadcrumb":["Home",7,null,["x"],"\ud83d",{"a":"b"},"Shoes"],"url":["x"],"title":"t"}"#,
        r#""attributes":{"a":{"dataType":7,"value":"1"},"b":"x","c":["d"],"d":null,"\ud83d":{"value":"2"},"e":{"value":1e999},"":{"value":""}}"#,
        r#""geolocation":{"latitude":53,"longitude":"9","country":"IE"}"#,
        r#""referrer":{"medium":{"a":1},"url":"\ud83d","domain":"d"}"#,
    ]
    .join(",")
    .replace(r#""device""#, r#""device":7,"device""#);
    let event = format!(
        r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{odd},"searchQuery":"q"}}}}"#
    );
    let EventBody::Web(body) = Event::from_json(&event).unwrap().body().unwrap() else {
        panic!("{event}")
    };
    let expected = json!({
        "device": { "isMobile": true, "screenWidth": 1 },
        "page": { "breadcrumb": ["Home", "Shoes"], "title": "t" },
        "attributes": { "a": { "value": "1" }, "e": {}, "": { "value": "" } },
        "geolocation": { "latitude": 53.0, "country": "IE" },
        "referrer": { "domain": "d" },
        "searchQuery": "q",
    });
    assert_eq!(serde_json::to_value(body).unwrap(), expected);
}

#[test]
fn errors_of_deserialization_quote_nothing() {
    let errors = [
        serde_json::from_str::<WebEvent>(r#""canary""#).map(drop),
        serde_json::from_str::<WebEvent>(r#"["canary"]"#).map(drop),
        serde_json::from_str::<EventSession>("987654321").map(drop),
        serde_json::from_str::<DateTime>("987654321").map(drop),
        serde_json::from_str::<MediaType>(r#"{"canary":987654321}"#).map(drop),
        serde_json::from_str::<Event>(r#""canary""#).map(drop),
        serde_json::from_str::<Event>(r#"{"eventType":987654321,"canary":"canary"}"#).map(drop),
        serde_json::from_str::<Event>(r#"{"eventType":"a","canary":canary}"#).map(drop),
    ];
    for error in errors {
        let text = error.unwrap_err().to_string();
        assert!(
            !text.contains("canary") && !text.contains("987654321"),
            "{text}"
        );
    }
    for text in [
        r#""canary""#,
        r#"["canary"]"#,
        r#"{"canary":"canary"}"#,
        "canary",
    ] {
        let error = Event::from_json(text).unwrap_err();
        let text = format!("{error} {error:?} {:?}", error.source());
        assert!(!text.contains("canary"), "{text}");
    }
}
