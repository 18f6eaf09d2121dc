//! The body of a page, compared with what a reader of plain JSON finds in it.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::decode::{self, Listing, ListingError};
use crate::fuzzing::assertions::{assert_is_safe_to_show, assert_is_sent_unchanged};
use crate::fuzzing::body::assert_is_accepted;
use crate::fuzzing::members::assert_members_match;
use crate::position::cursor::{Cursor, Direction};
use crate::{ErrorKind, Event, EventBody};

/// What surrounds the input of [`event`].
const BEFORE: &str = r#"{"entities":[{"eventType":"first"},"#;
const AFTER: &str = r#",{"eventType":"last"}],"nextUri":"/x?after=1"}"#;

/// The body of a page: all its events are returned as sent, and cut short anywhere it is torn.
pub fn page(body: &[u8]) {
    let listing = match decode::listing::<Event>(body) {
        Ok(listing) => listing,
        Err(error) => {
            let is_torn = matches!(error, ListingError::Torn(_));
            assert!(!(is_torn && is_json(body)), "{error}");
            return;
        }
    };
    assert_is_torn_wherever_it_is_cut(body.trim_ascii_end());
    let text = str::from_utf8(body).expect("a listing is UTF-8");
    assert_events_are_in(&listing, text);
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

/// An event alone is valid JSON, and between two others its neighbours are no part of it, whatever is in it.
pub fn event(text: &[u8]) {
    if let Ok(text) = str::from_utf8(text) {
        let sent: Option<Value> = serde_json::from_str(text).ok();
        let is_event = sent.is_some_and(|sent| sent["eventType"].is_string());
        let read = Event::from_json(text);
        // `Value` reads less than JSON may hold.
        assert!(read.is_ok() || !is_event);
        assert!(read.is_err() || is_json(text.as_bytes()));
        assert_members_match(text);
    }
    let body = [BEFORE.as_bytes(), text, AFTER.as_bytes()].concat();
    page(&body);
    let (Ok(body), Ok(listing)) = (str::from_utf8(&body), decode::listing::<Event>(&body)) else {
        return;
    };
    let own = BEFORE.len()..BEFORE.len() + text.len();
    for at in places(&listing, body) {
        let is_around = |offset| at.start < offset && offset < at.end;
        assert!(!is_around(own.start) && !is_around(own.end), "{at:?}");
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// At every byte of a short page, and at some of a long one. With something invalid in it, what ends in a brace may
/// be all there was.
fn assert_is_torn_wherever_it_is_cut(body: &[u8]) {
    let step = if body.len() > 512 { body.len() / 64 } else { 1 };
    for end in (0..body.len()).step_by(step) {
        let cut = decode::listing::<Event>(&body[..end]);
        let is_whole = body[..end].trim_ascii_end().ends_with(b"}") && !is_json(body);
        let is_torn = matches!(cut, Err(ListingError::Torn(_)));
        assert!(is_torn || is_whole && cut.is_err(), "{end}: {cut:?}");
    }
}

/// Where the text of every entity is in the page, malformed or not: in order and without overlap.
fn places(listing: &Listing<Event>, page: &str) -> Vec<Range<usize>> {
    let mut from = 0;
    let places = listing.entities.iter().map(|entity| {
        let json = match entity {
            Ok(event) => event.json(),
            Err(malformed) => &malformed.json,
        };
        let start = page[from..]
            .find(json)
            .expect("an event's text is in the page");
        let place = from + start..from + start + json.len();
        from = place.end;
        place
    });
    places.collect()
}

/// Every event is as sent. Where the page isn't valid JSON, it is with its bodies that aren't replaced.
fn assert_events_are_in(listing: &Listing<Event>, page: &str) {
    let mut repaired = page.to_owned();
    let places = places(listing, page);
    for (entity, place) in listing.entities.iter().zip(places).rev() {
        let json = &page[place.clone()];
        let read = Event::from_json(json);
        match (entity, is_json(json.as_bytes())) {
            (Err(_), is_valid) => assert!(is_valid && read.is_err()),
            (Ok(event), true) => {
                assert_eq!(read.as_ref().ok(), Some(event));
                let written = serde_json::to_string(event).expect("an event can be written");
                assert_eq!(written, json);
                assert_is_safe(event);
            }
            (Ok(event), false) => {
                assert!(read.is_err());
                let body = assert_only_its_body_is_invalid(event);
                let body = place.start + body.start..place.start + body.end;
                repaired.replace_range(body, "{}");
            }
        }
    }
    assert!(is_json(repaired.as_bytes()), "{repaired}");
}

fn assert_is_safe(event: &Event) {
    let _ = (event.created_at(), event.session(), format!("{event:?}"));
    if let Err(error) = event.body() {
        assert_eq!(error.kind(), ErrorKind::MalformedEvent);
        assert_is_safe_to_show(&format!("{error} {error:?}"));
    }
}

/// The event as it was scanned is the event as `serde_json` reads it, but for its body, which is reported
/// as soon as it is decoded or written. Returns where it is in the event.
fn assert_only_its_body_is_invalid(event: &Event) -> Range<usize> {
    let json = event.json();
    let body = event.body_json().expect("only a body isn't validated");
    assert!(!is_json(body.as_bytes()));
    assert_is_accepted(body);
    assert!(event.body().is_err() && serde_json::to_string(event).is_err());
    assert_is_safe(event);

    let start = body.as_ptr().addr() - json.as_ptr().addr();
    let at = start..start + body.len();
    let mut repaired = json.to_owned();
    repaired.replace_range(at.clone(), "{}");
    let read = Event::from_json(&repaired).expect("only the body is invalid");
    for field in [
        Event::id,
        Event::created_date,
        Event::correlation_id,
        Event::customer_id,
        Event::customer_id_type,
    ] {
        assert_eq!(field(&read), field(event));
    }
    assert_eq!(read.event_type(), event.event_type());
    assert_eq!(read.session(), event.session());
    at
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
