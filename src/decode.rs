//! Bytes of one whole answer to the events in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json_fault::JsonFault;
use crate::model::Event;

/// What one answer held.
#[derive(Debug)]
pub(crate) struct Listing {
    /// In the order sent; an event that can't be read does not spoil the others.
    pub(crate) events: Vec<Result<Event, JsonFault>>,
    pub(crate) next_uri: Option<String>,
    pub(crate) previous_uri: Option<String>,
}

/// Why an answer is no listing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAListing {
    /// The text ends inside the JSON: the rest was lost on the way.
    #[error(transparent)]
    Torn(JsonFault),
    #[error(transparent)]
    Json(JsonFault),
    #[error("it has neither `entities` nor any of the URIs of a listing")]
    Unmarked,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    entities: Option<Vec<&'a RawValue>>,
    next_uri: Option<String>,
    previous_uri: Option<String>,
    self_uri: Option<String>,
}

/// Decodes an `EventListing`.
///
/// `entities` may be absent or null only beside a URI of a listing: then the page is empty. Without
/// that sign it is some other answer, and an empty page would be a silent loss.
pub(crate) fn listing(body: &[u8]) -> Result<Listing, NotAListing> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            NotAListing::Torn(error.into())
        } else {
            NotAListing::Json(error.into())
        }
    })?;
    let Envelope {
        entities,
        next_uri,
        previous_uri,
        self_uri,
    } = envelope;
    if entities.is_none() && next_uri.is_none() && previous_uri.is_none() && self_uri.is_none() {
        return Err(NotAListing::Unmarked);
    }
    let events = entities
        .unwrap_or_default()
        .into_iter()
        .map(Event::from_raw)
        .collect();
    Ok(Listing {
        events,
        next_uri,
        previous_uri,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_or_null_entities_beside_a_uri_are_an_empty_page() {
        for body in [
            r#"{"selfUri":"/x"}"#,
            r#"{"entities":null,"nextUri":"/x?after=1"}"#,
        ] {
            assert!(
                listing(body.as_bytes()).unwrap().events.is_empty(),
                "{body}"
            );
        }
        assert!(listing(br#"{"entities":[]}"#).unwrap().events.is_empty());
    }

    #[test]
    fn another_answer_is_no_listing() {
        let error_body = br#"{"message":"m","code":"c","status":500,"details":[]}"#;
        assert!(matches!(listing(error_body), Err(NotAListing::Unmarked)));
        assert!(matches!(listing(b"{}"), Err(NotAListing::Unmarked)));
        for body in [
            "<html>",
            "[1]",
            "null",
            r#"{"entities":{}}"#,
            r#"{"entities":[]} x"#,
        ] {
            assert!(
                matches!(listing(body.as_bytes()), Err(NotAListing::Json(_))),
                "{body}"
            );
        }
        assert!(matches!(
            listing(b"{\"entities\":[\"\xff\"]}"),
            Err(NotAListing::Json(_))
        ));
    }

    #[test]
    fn text_that_ends_inside_the_json_is_torn() {
        let whole = r#"{"entities":[{"eventType":"a"}],"selfUri":"/x"}"#;
        for end in 0..whole.len() {
            let torn = listing(&whole.as_bytes()[..end]);
            assert!(matches!(torn, Err(NotAListing::Torn(_))), "{end}: {torn:?}");
        }
    }

    #[test]
    fn an_unreadable_event_keeps_its_place_among_the_others() {
        let page = include_str!("../tests/fixtures/page-one-bad-event.json");
        let events = listing(page.as_bytes()).unwrap().events;
        let readable: Vec<_> = events.iter().map(Result::is_ok).collect();
        assert_eq!(readable, [true, false, true]);
    }

    #[test]
    fn hostile_json_is_kept_or_refused_without_panic() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let odd = format!(
            r#"{{"eventType":"x","eventType":"y","a":1e999,"b":123456789012345678901,"c":"\ud800","d":{deep}}}"#
        );
        let page = format!(r#"{{"entities":[{odd}]}}"#);
        let events = listing(page.as_bytes()).unwrap().events;
        let event = events[0].as_ref().unwrap();
        assert_eq!((event.event_type(), event.json()), ("y", odd.as_str()));
    }
}
