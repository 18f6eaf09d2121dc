//! Bytes of one whole answer to the entities in it.

pub(crate) mod entity;
pub(crate) mod error;
pub(crate) mod member;
pub(crate) mod reader;

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::decode::entity::Entity;
use crate::decode::error::JsonError;
use crate::decode::reader::JsonReader;

/// Most events read of one page, 500 times what the service sends: an event of a few bytes takes
/// hundreds in memory, so the cap on bytes alone would not hold the memory.
pub(crate) const MAX_EVENTS: usize = 100_000;

/// What one answer held.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    /// In the order sent; one that can't be read does not spoil the others.
    pub(crate) entities: Vec<Result<T, JsonError>>,
    pub(crate) next_uri: Option<String>,
    pub(crate) previous_uri: Option<String>,
}

/// Why an answer is no listing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListingError {
    /// The text ends inside the JSON: the rest was lost on the way.
    #[error(transparent)]
    Torn(JsonError),
    #[error(transparent)]
    Json(JsonError),
    #[error("it has neither `entities` nor any of the URIs of a listing")]
    Unmarked,
    #[error("it has {0} events, at most {MAX_EVENTS} are read")]
    TooMany(usize),
}

impl From<JsonError> for ListingError {
    fn from(fault: JsonError) -> Self {
        if fault.is_early_end() {
            Self::Torn(fault)
        } else {
            Self::Json(fault)
        }
    }
}

/// Decodes an `EventListing`.
///
/// `entities` may be absent or null only beside a URI of a listing: then the page is empty. Without
/// that sign it is some other answer, and an empty page would be a silent loss.
pub(crate) fn listing<T: Entity>(body: &[u8]) -> Result<Listing<T>, ListingError> {
    let mut json = JsonReader::new(text(body)?);
    let mut members = Members::new();
    if json.peek() == Some(b'{') {
        json.object(|json, name| members.read(json, name))?;
    } else {
        json.value::<IgnoredAny>()?;
    }
    if json.peek().is_some() {
        return Err(json.unexpected().into());
    }
    members.into_listing()
}

/// Any JSON value.
pub(crate) type Json = serde_json::Value;
/// Any JSON value as text, whatever is in it.
pub(crate) type RawJson = serde_json::value::RawValue;

/// Decodes a document that isn't a listing, such as an error body.
pub(crate) fn value<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(body).map_err(JsonError::from)
}

/// Decodes an answer that is one entity.
pub(crate) fn single<T: Entity>(body: &[u8]) -> Result<T, ListingError> {
    let mut json = JsonReader::new(text(body)?);
    let entity = entity(&mut json)?.map_err(ListingError::Json)?;
    match json.peek() {
        None => Ok(entity),
        Some(_) => Err(json.unexpected().into()),
    }
}

/// JSON is UTF-8 (RFC 8259, section 8.1).
fn text(body: &[u8]) -> Result<&str, JsonError> {
    str::from_utf8(body).map_err(|error| match error.error_len() {
        Some(_) => {
            let valid = body.get(..error.valid_up_to());
            JsonError::syntax_behind(valid.unwrap_or_default())
        }
        None => JsonError::early_end_of(body),
    })
}

/// What was read of the listing's members.
struct Members<T> {
    entities: Option<Entities<T>>,
    next_uri: Option<String>,
    previous_uri: Option<String>,
    self_uri: Option<String>,
}

impl<T: Entity> Members<T> {
    fn new() -> Self {
        Self {
            entities: None,
            next_uri: None,
            previous_uri: None,
            self_uri: None,
        }
    }

    fn read(&mut self, json: &mut JsonReader<'_>, name: &str) -> Result<(), ListingError> {
        let is_twice = match name {
            "entities" => is_given_twice(&mut self.entities, Entities::read(json)?),
            "nextUri" => is_given_twice(&mut self.next_uri, json.value()?),
            "previousUri" => is_given_twice(&mut self.previous_uri, json.value()?),
            "selfUri" => is_given_twice(&mut self.self_uri, json.value()?),
            _ => {
                json.value::<IgnoredAny>()?;
                false
            }
        };
        if is_twice {
            // Which of the two counts is anyone's guess, and a wrong guess loses events.
            return Err(json.unexpected().into());
        }
        Ok(())
    }

    fn into_listing(self) -> Result<Listing<T>, ListingError> {
        let Self {
            entities,
            next_uri,
            previous_uri,
            self_uri,
        } = self;
        if entities.is_none() && next_uri.is_none() && previous_uri.is_none() && self_uri.is_none()
        {
            return Err(ListingError::Unmarked);
        }
        let entities = entities.unwrap_or_else(Entities::none);
        if entities.count > MAX_EVENTS {
            return Err(ListingError::TooMany(entities.count));
        }
        Ok(Listing {
            entities: entities.read,
            next_uri,
            previous_uri,
        })
    }
}

/// Keeps the value unless there is one already. Null is none.
fn is_given_twice<T>(member: &mut Option<T>, value: Option<T>) -> bool {
    let is_twice = member.is_some();
    if !is_twice {
        *member = value;
    }
    is_twice
}

/// The entities, up to the cap, and how many there are.
struct Entities<T> {
    read: Vec<Result<T, JsonError>>,
    count: usize,
}

impl<T: Entity> Entities<T> {
    fn none() -> Self {
        Self {
            read: Vec::new(),
            count: 0,
        }
    }

    fn read(json: &mut JsonReader<'_>) -> Result<Option<Self>, JsonError> {
        if json.peek() != Some(b'[') {
            return json.value::<()>().map(|()| None);
        }
        let mut entities = Self::none();
        json.array(|json| {
            entities.count += 1;
            if entities.count <= MAX_EVENTS {
                entities.read.push(entity(json)?);
            } else {
                json.value::<IgnoredAny>()?;
            }
            Ok::<_, JsonError>(())
        })?;
        Ok(Some(entities))
    }
}

/// Reads an entity. One that is JSON of another kind is passed over.
fn entity<T: Entity>(json: &mut JsonReader<'_>) -> Result<Result<T, JsonError>, JsonError> {
    match json.value_and_json() {
        Ok((envelope, json)) => Ok(Ok(T::new(json, envelope))),
        Err(error) if error.is_data() => {
            json.value::<IgnoredAny>()?;
            Ok(Err(error.into()))
        }
        Err(error) => Err(json.fault(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;

    fn listing(body: &[u8]) -> Result<Listing<Event>, ListingError> {
        super::listing(body)
    }

    #[test]
    fn absent_or_null_entities_beside_a_uri_are_an_empty_page() {
        for body in [
            r#"{"selfUri":"/x"}"#,
            r#"{"entities":null,"nextUri":"/x?after=1"}"#,
        ] {
            assert!(
                listing(body.as_bytes()).unwrap().entities.is_empty(),
                "{body}"
            );
        }
        assert!(listing(br#"{"entities":[]}"#).unwrap().entities.is_empty());
    }

    #[test]
    fn another_answer_is_no_listing() {
        let error_body = br#"{"message":"m","code":"c","status":500,"details":[]}"#;
        assert!(matches!(listing(error_body), Err(ListingError::Unmarked)));
        for body in ["{}", "[]", " [[], null, null, null]", "null", "1"] {
            let refused = listing(body.as_bytes());
            assert!(matches!(refused, Err(ListingError::Unmarked)), "{body}");
        }
        for body in [
            "<html>",
            r#"{"entities":[],"nextUri":"/x?after=1","nextUri":null}"#,
            r#"{"entities":[],"entities":[]}"#,
            r#"{"entities":[],"nextUri":1}"#,
            r#"{"entities":{}}"#,
            r#"{"entities":[]} x"#,
            r#"{"entities":[]} -"#,
            r#"{"entities":[-e"#,
        ] {
            assert!(
                matches!(listing(body.as_bytes()), Err(ListingError::Json(_))),
                "{body}"
            );
        }
        assert!(matches!(
            listing(b"{\"entities\":[\"\xff\"]}"),
            Err(ListingError::Json(_))
        ));
    }

    #[test]
    fn text_that_ends_inside_the_json_is_torn() {
        let event = r#"{"eventType":"a","x":[-1.5e-3,1E+4,true,null,"\ud83d\ude00é"]}"#;
        let whole = format!(r#"{{"entities":[{event}],"selfUri":"/x\ud83d\ude00"}}"#);
        for end in 0..whole.len() {
            let torn = listing(&whole.as_bytes()[..end]);
            assert!(
                matches!(torn, Err(ListingError::Torn(_))),
                "{end}: {torn:?}"
            );
        }
        let half_a_character = listing(b"{\"entities\":[]}\xc3");
        assert!(matches!(half_a_character, Err(ListingError::Torn(_))));
    }

    #[test]
    fn an_unreadable_event_keeps_its_place_among_the_others() {
        let page = include_str!("../../tests/fixtures/page-one-bad-event.json");
        let events = listing(page.as_bytes()).unwrap().entities;
        let readable: Vec<_> = events.iter().map(Result::is_ok).collect();
        assert_eq!(readable, [true, false, true]);
    }

    #[test]
    fn more_events_than_the_cap_are_refused_with_their_number() {
        let page = |count| format!(r#"{{"entities":[{}0]}}"#, "0,".repeat(count - 1));
        let whole = listing(page(MAX_EVENTS).as_bytes()).unwrap();
        assert_eq!(whole.entities.len(), MAX_EVENTS);
        let refused = listing(page(MAX_EVENTS + 2).as_bytes()).unwrap_err();
        let text = refused.to_string();
        assert!(
            matches!(refused, ListingError::TooMany(_)) && text.contains("100002"),
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
        let events = listing(page.as_bytes()).unwrap().entities;
        let event = events[0].as_ref().unwrap();
        assert_eq!((event.event_type(), event.json()), ("y", odd.as_str()));
    }
}
