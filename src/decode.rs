//! Bytes of one whole answer to the events in it.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json_fault::JsonFault;
use crate::model::Event;

/// Most events read of one page, 500 times what the service sends: an event of a few bytes takes
/// hundreds in memory, so the cap on bytes alone would not hold the memory.
pub(crate) const MAX_EVENTS: usize = 100_000;

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
    #[error("it has {0} events, at most {MAX_EVENTS} are read")]
    TooMany(usize),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    entities: Option<Entities<'a>>,
    next_uri: Option<String>,
    previous_uri: Option<String>,
    self_uri: Option<String>,
}

/// The text of each event, up to the cap, and how many there are.
#[derive(Default)]
struct Entities<'a> {
    texts: Vec<&'a RawValue>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Entities<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entities<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut texts = Vec::new();
                while texts.len() < MAX_EVENTS {
                    match array.next_element()? {
                        Some(text) => texts.push(text),
                        None => break,
                    }
                }
                let mut count = texts.len();
                while array.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Entities { texts, count })
            }
        }

        deserializer.deserialize_seq(InOrder)
    }
}

/// Decodes an `EventListing`.
///
/// `entities` may be absent or null only beside a URI of a listing: then the page is empty. Without
/// that sign it is some other answer, and an empty page would be a silent loss.
pub(crate) fn listing(body: &[u8]) -> Result<Listing, NotAListing> {
    // serde would take the fields' values in an array, too.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(NotAListing::Unmarked);
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        if is_torn(body, &error) {
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
    let Entities { texts, count } = entities.unwrap_or_default();
    if count > MAX_EVENTS {
        return Err(NotAListing::TooMany(count));
    }
    let events = texts.into_iter().map(Event::from_raw).collect();
    Ok(Listing {
        events,
        next_uri,
        previous_uri,
    })
}

/// Whether the text ends inside the JSON.
fn is_torn(body: &[u8], error: &serde_json::Error) -> bool {
    if error.is_eof() {
        return true;
    }
    // A number cut short, such as `53.`, counts as invalid; with a digit more it is a whole number.
    let may_end_in_a_number = matches!(body.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'));
    error.is_syntax()
        && may_end_in_a_number
        && serde_json::from_slice::<IgnoredAny>(&[body, b"0"].concat())
            .is_err_and(|error| error.is_eof())
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
        for body in ["{}", "[]", " [[], null, null, null]"] {
            let refused = listing(body.as_bytes());
            assert!(matches!(refused, Err(NotAListing::Unmarked)), "{body}");
        }
        for body in [
            "<html>",
            "null",
            r#"{"entities":{}}"#,
            r#"{"entities":[]} x"#,
            r#"{"entities":[]} -"#,
            r#"{"entities":[-e"#,
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
        let event = r#"{"eventType":"a","x":[-1.5e-3,1E+4,true,null,"\ud83d\ude00é"]}"#;
        let whole = format!(r#"{{"entities":[{event}],"selfUri":"/x\ud83d\ude00"}}"#);
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
    fn more_events_than_the_cap_are_refused_with_their_number() {
        let page = |count| format!(r#"{{"entities":[{}0]}}"#, "0,".repeat(count - 1));
        let whole = listing(page(MAX_EVENTS).as_bytes()).unwrap();
        assert_eq!(whole.events.len(), MAX_EVENTS);
        let refused = listing(page(MAX_EVENTS + 2).as_bytes()).unwrap_err();
        let text = refused.to_string();
        assert!(
            matches!(refused, NotAListing::TooMany(_)) && text.contains("100002"),
            "{text}"
        );
    }

    #[test]
    fn row_52_hostile_json_is_kept_or_refused_without_panic() {
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
