//! Properties that hold for every input from outside, one function for each kind of input.
//!
//! The fuzz targets in `fuzz/` call these functions with generated inputs, the tests below with those
//! kept in `tests/inputs`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a violated property is a panic, as in a test"
)]

use std::sync::LazyLock;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::decode::{self, Listing, ListingError};
use crate::fetch::endpoint::Endpoint;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::{refusal, retry_after as wait};
use crate::paging::resume::Resume;
use crate::position::cursor::{Cursor, Direction};
use crate::{Checkpoint, Client, ErrorKind, Event, EventBody};

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
            assert_is_sent_as_it_stands(&cursor, direction);
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

/// A link to another page: its cursor is sent as it stands there, and only an empty one is the end.
pub fn next_uri(uri: &[u8]) {
    let Ok(uri) = str::from_utf8(uri) else {
        return;
    };
    for direction in [Direction::After, Direction::Before] {
        match Cursor::from_uri(Some(uri), direction) {
            Ok(Some(cursor)) => {
                assert!(uri.contains(cursor.as_str()));
                assert_is_sent_as_it_stands(&cursor, direction);
            }
            Ok(None) => assert!(uri.is_empty() || has_empty_cursor(uri, direction)),
            Err(error) => assert_is_safe_to_show(&error.to_string()),
        }
    }
}

fn has_empty_cursor(uri: &str, direction: Direction) -> bool {
    let without_fragment = uri.split('#').next().unwrap_or_default();
    let (_, query) = without_fragment.split_once('?').unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == direction.parameter() && value.is_empty())
}

/// A cursor in a query keeps every byte, and the parameters around it stay what they are; a link that
/// has it in any of these places gives it again.
fn assert_is_sent_as_it_stands(cursor: &Cursor, direction: Direction) {
    let (name, text) = (direction.parameter(), cursor.as_str());
    let query = format!("limit=200&{name}={text}&eventType=a");
    let mut url = Url::parse("https://service.invalid/x").expect("a URL");
    url.set_query(Some(&query));
    assert_eq!(url.query(), Some(query.as_str()));
    assert_eq!((url.path(), url.fragment()), ("/x", None));
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    assert_eq!(names, ["limit", name, "eventType"]);

    for uri in [
        format!("/x?{name}={text}"),
        format!("//other.invalid/x?limit=1&{name}={text}&{name}=second#?{name}=third"),
        format!("?other={name}&{name}={text}#fragment"),
    ] {
        let again = Cursor::from_uri(Some(&uri), direction);
        assert_eq!(again.as_ref(), Ok(&Some(cursor.clone())));
    }
}

/// A `Retry-After`, with the answer's `Date` in a second line: whole seconds, a date or nothing.
pub fn retry_after(lines: &[u8]) {
    let [value, date] = split_lines(lines);
    assert_ne!(
        wait::from_message(&String::from_utf8_lossy(lines)),
        Some(Duration::ZERO)
    );
    let headers = headers([(RETRY_AFTER.as_str(), value), (DATE.as_str(), date)]);
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(value) = text(RETRY_AFTER).map(str::trim) else {
        return;
    };
    let waits = wait::from_headers(&headers);
    assert_ne!(waits, Some(Duration::ZERO));
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
        assert_eq!(waits, seconds.map(Duration::from_secs));
        let message = format!("Retry the request in [{value}] seconds");
        assert_eq!(wait::from_message(&message), waits);
    } else if let Some(waits) = waits {
        let until = httpdate::parse_http_date(value).expect("what is no number is a date");
        if let Some(Ok(date)) = text(DATE).map(httpdate::parse_http_date) {
            assert_eq!(date + waits, until);
        }
    }
}

/// A stored checkpoint: survives storing, hides its cursor, and is refused by another service.
pub fn checkpoint(json: &[u8]) {
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(json) else {
        return;
    };
    let written = serde_json::to_vec(&checkpoint).expect("a checkpoint can be written");
    let read: Checkpoint = serde_json::from_slice(&written).expect("it can be read again");
    assert_eq!(read, checkpoint);
    if let (Ok(Value::Object(sent)), Ok(Value::Object(written))) = (
        serde_json::from_slice(json),
        serde_json::from_slice(&written),
    ) {
        for (name, value) in &written {
            assert_eq!(sent.get(name), Some(value), "{name}");
        }
    }

    let mut other = checkpoint.clone();
    if let Some(cursor) = &mut other.position.cursor {
        assert_is_sent_as_it_stands(cursor, checkpoint.walk.direction);
        *cursor = Cursor::new("another").expect("a cursor");
    }
    other.position.last_id = None;
    assert_eq!(format!("{checkpoint:?}"), format!("{other:?}"));

    assert_gives_no_more_than_a_page(&checkpoint);
    let skipped = checkpoint.clone().skip(usize::MAX);
    assert_eq!(skipped.yielded(), usize::MAX);
    assert_gives_no_more_than_a_page(&skipped);
    assert_is_refused_elsewhere(checkpoint);
}

fn assert_gives_no_more_than_a_page(checkpoint: &Checkpoint) {
    let body = br#"{"entities":[{"id":"a","eventType":"t"},{"id":"b","eventType":"t"}]}"#;
    let page = decode::listing::<Event>(body).expect("a page").entities;
    for is_last in [false, true] {
        let mut resume = Resume::new(checkpoint.position.clone());
        if let Ok((given, _)) = resume.yielded_of(&page, is_last) {
            assert!(given <= page.len());
        }
    }
}

/// Outside a runtime nothing can be sent: the error is there at the first poll, or it is a panic.
fn assert_is_refused_elsewhere(checkpoint: Checkpoint) {
    const SERVICE: &str = "https://service.invalid";
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        Client::builder()
            .base_url(SERVICE)
            .access_token("token")
            .build()
            .expect("a client")
    });
    if checkpoint.walk.service == SERVICE {
        return;
    }
    let request = CLIENT.session_events(checkpoint.session_id());
    let first = request.resume(checkpoint).stream().next().now_or_never();
    let Some(Some(Err(error))) = first else {
        unreachable!("a checkpoint of another service is refused, not {first:?}");
    };
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_is_safe_to_show(&format!("{error} {error:?}"));
}

/// A refusal (lines for status, correlation id and `Retry-After`, then the body): safe to show.
pub fn error_body(lines: &[u8]) {
    let [status, correlation_id, retry_after, body] = split_lines(lines);
    let status = String::from_utf8_lossy(status).parse().unwrap_or(500);
    let headers = headers([
        ("inin-correlation-id", correlation_id),
        (RETRY_AFTER.as_str(), retry_after),
    ]);
    let answer = refusal::refusal(status, &headers, body);
    for (text, longest) in [
        (&answer.code, 100),
        (&answer.message, 500),
        (&answer.correlation_id, 100),
    ] {
        let text = text.as_deref().unwrap_or_default();
        assert!(text.chars().count() <= longest);
        assert_is_safe_to_show(text);
    }
    assert_ne!(answer.retry_after, Some(Duration::ZERO));
    let cause = Cause::Status(status);
    let what = cause.describe(&Endpoint::SessionEvents("s".into()));
    let fault = Failure::new(cause).with_answer(answer);
    let error = fault.into_error(cause.kind(), what.to_owned(), 1);
    assert_is_safe_to_show(&format!("{error} {error:?}"));
}

/// No control character, and none with Unicode's `Bidi_Control` property.
fn assert_is_safe_to_show(text: &str) {
    let unsafe_char = text.chars().find(|c| {
        c.is_control()
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    });
    assert_eq!(unsafe_char, None);
}

/// The lines of an input; the last has all that is left, those that are missing are empty.
fn split_lines<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut lines = input.splitn(N, |byte| *byte == b'\n');
    [(); N].map(|()| lines.next().unwrap_or_default())
}

/// The headers that an answer can have: an empty value stands for none, an invalid one can't come.
fn headers<const N: usize>(headers: [(&'static str, &[u8]); N]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        match HeaderValue::from_bytes(value) {
            Ok(value) if !value.is_empty() => {
                map.insert(name, value);
            }
            _ => {}
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Feeds every kept input of a kind to its property; an empty folder must not pass for success.
    fn feed(kind: &str, at_least: usize, property: fn(&[u8])) {
        let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
        let mut count = 0;
        for entry in fs::read_dir(inputs.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            eprintln!("{}", path.display());
            property(&fs::read(path).unwrap());
            count += 1;
        }
        assert!(count >= at_least, "{count} inputs of {kind}");
    }

    #[test]
    fn pages() {
        feed("page", 35, page);
    }

    #[test]
    fn links() {
        feed("next_uri", 20, next_uri);
    }

    #[test]
    fn waits() {
        feed("retry_after", 20, retry_after);
    }

    #[test]
    fn checkpoints() {
        feed("checkpoint", 15, checkpoint);
    }

    #[test]
    fn refusals() {
        feed("error_body", 15, error_body);
    }
}
