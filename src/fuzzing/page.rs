//! The body of a page, compared with what a reader of plain JSON finds in it.

use serde_json::Value;

use crate::decode::{self, Listing, ListingError};
use crate::fuzzing::assertions::{assert_is_safe_to_show, assert_is_sent_unchanged};
use crate::position::cursor::{Cursor, Direction};
use crate::{ErrorKind, Event, EventBody};

/// The body of a page: all its events are returned as sent, and cut short it is torn.
pub fn page(body: &[u8]) {
    let Ok(listing) = decode::listing::<Event>(body) else {
        return;
    };
    let end = body.trim_ascii_end().len();
    let cut = decode::listing::<Event>(&body[..end / 2]);
    assert!(matches!(cut, Err(ListingError::Torn(_))), "{cut:?}");
    assert_events_are_in(&listing, &String::from_utf8_lossy(body));
    // `Value` reads less than a listing may hold, such as numbers beyond 1e308.
    if let Ok(sent) = serde_json::from_slice(body) {
        assert_envelopes_match(&listing, &sent);
    }
    for (link, direction) in [
        (&listing.next_uri, Direction::After),
        (&listing.previous_uri, Direction::Before),
    ] {
        let uri = link.as_ref().and_then(|link| link.as_deref().ok());
        if let Ok(Some(cursor)) = Cursor::from_uri(uri, direction) {
            assert_is_sent_unchanged(&cursor, direction);
        }
    }
}

/// Every event's text is in the page, malformed or not, in order and without overlap.
fn assert_events_are_in(listing: &Listing<Event>, page: &str) {
    let mut rest = page;
    for event in &listing.entities {
        let json = match event {
            Ok(event) => event.json(),
            Err(malformed) => &malformed.json,
        };
        let start = rest.find(json).expect("an event's text is in the page");
        rest = &rest[start + json.len()..];
        let Ok(event) = event else {
            assert!(Event::from_json(json).is_err());
            continue;
        };

        let written = serde_json::to_string(event).expect("an event can be written");
        assert_eq!(written, json);
        let read = Event::from_json(json).expect("an event can be read again");
        assert_eq!(&read, event);
        let _ = (event.created_at(), format!("{event:?}"));
        if let Err(error) = event.body() {
            assert_eq!(error.kind(), ErrorKind::MalformedEvent);
            assert_is_safe_to_show(&format!("{error} {error:?}"));
        }
    }
}

/// No event is missing, each has the fields that a reader of plain JSON finds, and only those without
/// an `eventType` are malformed.
fn assert_envelopes_match(listing: &Listing<Event>, sent: &Value) {
    let sent = sent["entities"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(listing.entities.len(), sent.len());
    for (event, sent) in listing.entities.iter().zip(sent) {
        let Ok(event) = event else {
            assert!(!sent["eventType"].is_string());
            continue;
        };
        assert_eq!(Some(event.event_type()), sent["eventType"].as_str());
        assert_eq!(event.id(), sent["id"].as_str());
        assert_eq!(event.created_date(), sent["createdDate"].as_str());
        assert_eq!(event.correlation_id(), sent["correlationId"].as_str());
        assert_eq!(event.customer_id(), sent["customerId"].as_str());
        assert_eq!(event.customer_id_type(), sent["customerIdType"].as_str());
        let session = &sent["session"];
        assert_eq!(event.session().is_some(), session.is_object());
        if let Some(event) = event.session() {
            assert_eq!(event.id.as_deref(), session["id"].as_str());
            assert_eq!(event.r#type.as_deref(), session["type"].as_str());
        }
        assert_body_matches(event, sent);
    }
}

/// A body is there if a reader of plain JSON finds an object, and so are its fields.
fn assert_body_matches(event: &Event, sent: &Value) {
    let name = match event.event_type() {
        "com.genesys.journey.WebEvent" => "webEvent",
        "com.genesys.journey.AppEvent" => "appEvent",
        _ => return,
    };
    let (sent, body) = (&sent[name], event.body());
    assert_eq!(body.is_ok(), sent.is_object());
    let (event_name, device, attributes) = match body {
        Ok(EventBody::Web(body)) => (body.event_name, body.device, body.attributes),
        Ok(EventBody::App(body)) => (body.event_name, body.device, body.attributes),
        _ => return,
    };
    assert_eq!(event_name.as_deref(), sent["eventName"].as_str());
    assert_eq!(device.is_some(), sent["device"].is_object());
    if let Some(device) = device {
        let sent = &sent["device"];
        assert_eq!(device.screen_density, sent["screenDensity"].as_i64());
        assert_eq!(device.is_mobile, sent["isMobile"].as_bool());
    }
    let entries = sent["attributes"].as_object().map(|entries| {
        let objects = entries.iter().filter(|(_, value)| value.is_object());
        objects.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    });
    let mut names = entries.unwrap_or_default();
    names.sort_unstable();
    let attributes = attributes.unwrap_or_default();
    assert!(attributes.keys().eq(names.iter()));
    for (name, attribute) in &attributes {
        let value = &sent["attributes"][name]["value"];
        assert_eq!(attribute.value.as_deref(), value.as_str());
    }
}
