//! Listings: pages of entities with links to other pages.

use crate::decode::entity::{Entity, Malformed, MalformedError};
use crate::decode::error::JsonError;
use crate::decode::reader::JsonReader;

/// Most events or conversations decoded of one page, at least 500 times what the service sends: one of a few
/// bytes takes hundreds in memory, so the cap on bytes alone doesn't bound the memory.
pub(crate) const MAX_ENTITIES: usize = 100_000;

/// The content of one response.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    /// In the order sent. A malformed one doesn't fail the others.
    pub(crate) entities: Vec<Result<T, Malformed>>,
    pub(crate) next_uri: Option<Link>,
    pub(crate) previous_uri: Option<Link>,
}

/// A link to another page. One that isn't text fails only a walk that follows it.
pub(crate) type Link = Result<String, JsonError>;

/// Why a response isn't a listing, or a text not an entity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListingError {
    /// The text ends inside the JSON: the rest was lost on the way.
    #[error(transparent)]
    Torn(JsonError),
    #[error(transparent)]
    Json(JsonError),
    #[error(transparent)]
    Malformed(MalformedError),
    #[error("neither `entities` nor `nextUri` or `previousUri` is present")]
    Unmarked,
    #[error("neither `conversations` nor `totalHits` is present")]
    NoConversations,
    #[error("it has {0} entities, at most {MAX_ENTITIES} are read")]
    TooMany(usize),
}

impl From<JsonError> for ListingError {
    fn from(error: JsonError) -> Self {
        if error.is_early_end() {
            Self::Torn(error)
        } else {
            Self::Json(error)
        }
    }
}

/// Decodes an `EventListing`.
///
/// `entities` may be absent or null only if there is a link to another page: then the page is empty.
/// Otherwise the response is something else, and an empty page would be a silent loss.
pub(crate) fn listing<T: Entity>(body: &[u8]) -> Result<Listing<T>, ListingError> {
    let mut members = Members::new();
    document(body, |json| {
        if json.peek() == Some(b'{') {
            json.object(|json, name| members.read(json, name))
        } else {
            json.skip()?;
            Ok(())
        }
    })?;
    members.into_listing()
}

/// Reads a response that is one value, which `value` must read.
pub(super) fn document<'a>(
    body: &'a [u8],
    value: impl FnOnce(&mut JsonReader<'a>) -> Result<(), ListingError>,
) -> Result<(), ListingError> {
    document_text(text(body)?, value)
}

/// Reads a text that is one value, which `value` must read.
pub(crate) fn document_text<'a>(
    text: &'a str,
    value: impl FnOnce(&mut JsonReader<'a>) -> Result<(), ListingError>,
) -> Result<(), ListingError> {
    let mut json = JsonReader::new(text);
    value(&mut json)?;
    match json.peek() {
        None => Ok(()),
        Some(_) => Err(json.unexpected().into()),
    }
}

/// Decodes a response that is one entity.
pub(crate) fn single<T: Entity>(body: &[u8]) -> Result<T, ListingError> {
    let mut single = None;
    document(body, |json| {
        (single, _) = T::read(json)?;
        Ok(())
    })?;
    single.ok_or_else(|| ListingError::Malformed(MalformedError::of::<T>()))
}

/// JSON is UTF-8 (RFC 8259, section 8.1).
fn text(body: &[u8]) -> Result<&str, JsonError> {
    str::from_utf8(body).map_err(|error| match error.error_len() {
        Some(_) => {
            let valid = body.get(..error.valid_up_to());
            JsonError::syntax_after(valid.unwrap_or_default())
        }
        None => JsonError::early_end_of(body),
    })
}

/// The listing's members so far.
struct Members<T> {
    entities: Option<Entities<T>>,
    next_uri: Option<Link>,
    previous_uri: Option<Link>,
}

impl<T: Entity> Members<T> {
    fn new() -> Self {
        Self {
            entities: None,
            next_uri: None,
            previous_uri: None,
        }
    }

    fn read(&mut self, json: &mut JsonReader<'_>, name: Option<&str>) -> Result<(), ListingError> {
        let is_duplicate = match name {
            Some("entities") => is_set_twice(&mut self.entities, Entities::read(json)?),
            Some("nextUri") => is_set_twice(&mut self.next_uri, link(json)?),
            Some("previousUri") => is_set_twice(&mut self.previous_uri, link(json)?),
            _ => {
                json.skip()?;
                false
            }
        };
        if is_duplicate {
            // Either may be the right one, and the wrong one loses events.
            return Err(json.unexpected().into());
        }
        Ok(())
    }

    fn into_listing(self) -> Result<Listing<T>, ListingError> {
        let Self {
            entities,
            next_uri,
            previous_uri,
        } = self;
        if entities.is_none() && next_uri.is_none() && previous_uri.is_none() {
            return Err(ListingError::Unmarked);
        }
        let entities = entities.unwrap_or_else(Entities::none);
        if entities.count > MAX_ENTITIES {
            return Err(ListingError::TooMany(entities.count));
        }
        Ok(Listing {
            entities: entities.read,
            next_uri,
            previous_uri,
        })
    }
}

/// Sets a member unless it is set already. Null sets nothing.
pub(super) fn is_set_twice<T>(member: &mut Option<T>, value: Option<T>) -> bool {
    let is_set = member.is_some();
    if !is_set {
        *member = value;
    }
    is_set
}

fn link(json: &mut JsonReader<'_>) -> Result<Option<Link>, JsonError> {
    json.peek();
    let passed = json.passed();
    let link: Result<Option<String>, _> = serde_json::from_str(json.skip()?);
    Ok(match link {
        Ok(uri) => uri.map(Ok),
        Err(_) => Some(Err(JsonError::data_after(passed))),
    })
}

/// The entities, up to the cap, and how many there are.
pub(super) struct Entities<T> {
    pub(super) read: Vec<Result<T, Malformed>>,
    pub(super) count: usize,
}

impl<T: Entity> Entities<T> {
    pub(super) fn none() -> Self {
        Self {
            read: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn read(json: &mut JsonReader<'_>) -> Result<Option<Self>, JsonError> {
        if json.peek() != Some(b'[') {
            let passed = json.passed();
            return match json.skip()? {
                "null" => Ok(None),
                _ => Err(JsonError::data_after(passed)),
            };
        }
        let mut entities = Self::none();
        json.array(|json| {
            entities.count += 1;
            if entities.count <= MAX_ENTITIES {
                entities.read.push(entity(json)?);
            } else {
                json.skip()?;
            }
            Ok::<_, JsonError>(())
        })?;
        Ok(Some(entities))
    }
}

fn entity<T: Entity>(json: &mut JsonReader<'_>) -> Result<Result<T, Malformed>, JsonError> {
    let (entity, json) = T::read(json)?;
    Ok(entity.ok_or_else(|| Malformed {
        json: json.into(),
        error: MalformedError::of::<T>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Session};

    fn listing(body: &[u8]) -> Result<Listing<Event>, ListingError> {
        super::listing(body)
    }

    #[test]
    fn absent_or_null_entities_are_an_empty_page_if_a_link_is_present() {
        for body in [
            r#"{"previousUri":"/x?before=1"}"#,
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
    fn another_response_is_not_a_listing() {
        let error_body = br#"{"message":"m","code":"c","status":500,"details":[]}"#;
        assert!(matches!(listing(error_body), Err(ListingError::Unmarked)));
        let self_uri = include_str!("../../tests/fixtures/self-uri-alone.json");
        for body in [
            self_uri,
            "{}",
            "[]",
            " [[], null, null, null]",
            r#"[{"eventType":"a"}]"#,
            r#"{"entities":null,"nextUri":null,"selfUri":"/x"}"#,
            "null",
            "1",
        ] {
            let refused = listing(body.as_bytes());
            assert!(matches!(refused, Err(ListingError::Unmarked)), "{body}");
        }
        for body in [
            "<html>",
            r#"{"entities":[],"nextUri":"/x?after=1","nextUri":null}"#,
            r#"{"entities":[],"entities":[]}"#,
            r#"{"entities":[],"nextUri":1,"nextUri":"/x?after=1"}"#,
            r#"{"entities":{},"nextUri":"/x?after=1"}"#,
            r#"{"entities":""}"#,
            r#"{"entities":[]} x"#,
            r#"{"entities":[]} -"#,
            r#"{"entities":[-}"#,
            r#"{"entities":[NaN],"x":1."#,
            r#"{"entities":[{"eventType":"com.genesys.journey.WebEvent","webEvent":{"a":"5", b"}}]}"#,
            r#"{"entities":[{"eventType":"a","id":tru]}"#,
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
        let event = r#"{"eventType":"a","\ud83d":"\ud83d","id":1e999,"x":[-1.5e-3,1E+4,0.0,-0]}"#;
        let text = r#"{"eventType":"b","webEvent":{"a":[true,null,"\ud83d\ude00é"]},"id":-7.5E-3}"#;
        let links = r#""\ud83d":-1.5e-3,"nextUri":12.5e+7,"selfUri":"/x\ud83d\ude00""#;
        let whole = format!(r#" {{"entities":[{event},{text},0.5,-2e4],{links}}}"#);
        assert!(listing(whole.as_bytes()).is_ok());
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
    fn a_malformed_event_keeps_its_place_and_its_text() {
        let page = include_str!("../../tests/fixtures/page-one-bad-event.json");
        let events = listing(page.as_bytes()).unwrap().entities;
        let readable: Vec<_> = events.iter().map(Result::is_ok).collect();
        assert_eq!(readable, [true, false, true]);

        let malformed = [
            "7",
            "null",
            r#"["com.genesys.journey.WebEvent"]"#,
            "{}",
            r#"{"id":"a"}"#,
            r#"{"eventType":null}"#,
            r#"{"eventType":["a"]}"#,
            r#"{"eventType":"\ud83d"}"#,
            r#"{"eventType":"a","eventType":7}"#,
            r#"{"\ud83d":1,"x":"someone@customer.example"}"#,
        ];
        let good = r#"{"eventType":"a"}"#;
        let page = format!(
            r#"{{"entities":[{good},{},{good}]}}"#,
            malformed.join(" , ")
        );
        let events = listing(page.as_bytes()).unwrap().entities;
        assert_eq!(events.len(), malformed.len() + 2);
        assert!(events[0].is_ok() && events[malformed.len() + 1].is_ok());
        for (event, json) in events[1..].iter().zip(malformed) {
            let malformed = event.as_ref().unwrap_err();
            assert_eq!(&*malformed.json, json);
            let text = format!("{malformed:?} {}", malformed.error);
            assert!(
                text.contains("`eventType`") && !text.contains("someone"),
                "{text}"
            );
        }
    }

    #[test]
    fn row_72_an_odd_value_or_name_costs_one_field_of_one_event() {
        for (odd, id, customer_id) in [
            (r#""id":12,"customerId":"c""#, None, Some("c")),
            (r#""id":["a"],"customerId":"c""#, None, Some("c")),
            (r#""id":"a","customerId":"caf\udce9""#, Some("a"), None),
            (r#""id":1e999,"customerId":{"a":[]}"#, None, None),
            (
                r#""id":"a","\ud83d":"x","customerId":"c""#,
                Some("a"),
                Some("c"),
            ),
            (
                r#""id":"a","x":"\ud83d","y":{"\ud83d":-1e999}"#,
                Some("a"),
                None,
            ),
            (
                r#""id":"\ud83d","id":"a","customerId":"c","customerId":7"#,
                Some("a"),
                None,
            ),
        ] {
            let json = format!(r#"{{ {odd} , "eventType":"a"}}"#);
            let page = format!(r#"{{"\ud83d":"\ud83d","selfUri":7,"entities":[{json}]}}"#);
            let events = listing(page.as_bytes()).unwrap().entities;
            let event = events[0].as_ref().unwrap();
            assert_eq!(
                (event.id(), event.customer_id()),
                (id, customer_id),
                "{json}"
            );
            assert_eq!((event.event_type(), event.json()), ("a", json.as_str()));
        }
    }

    #[test]
    fn a_link_that_is_not_text_is_an_error_of_that_link_alone() {
        for link in [
            "1",
            r#"["/x?after=1"]"#,
            "{}",
            r#""/x?after=\ud83d""#,
            "true",
        ] {
            let page = format!(r#"{{"entities":[{{"eventType":"a"}}],"nextUri":{link}}}"#);
            let listing = listing(page.as_bytes()).unwrap();
            assert!(listing.next_uri.unwrap().is_err(), "{link}");
            assert!(listing.previous_uri.is_none() && listing.entities[0].is_ok());
        }
    }

    #[test]
    fn row_78_sessions_with_odd_values_are_listed() {
        let page = include_str!("../../tests/fixtures/sessions-odd-values.json");
        let sessions = super::listing::<Session>(page.as_bytes()).unwrap().entities;
        let sessions: Vec<_> = sessions.iter().flatten().collect();
        let of = |session: &&Session| {
            let is_dated = session.created_at().is_some();
            (session.event_count(), session.has_ended(), is_dated)
        };
        assert_eq!(
            sessions.iter().map(of).collect::<Vec<_>>(),
            [
                (Some(12), false, true),
                (Some(12), false, true),
                (None, false, false)
            ]
        );
    }

    #[test]
    fn more_events_than_the_cap_are_refused_with_their_number() {
        let page = |count| format!(r#"{{"entities":[{}0]}}"#, "0,".repeat(count - 1));
        let whole = listing(page(MAX_ENTITIES).as_bytes()).unwrap();
        assert_eq!(whole.entities.len(), MAX_ENTITIES);
        let refused = listing(page(MAX_ENTITIES + 2).as_bytes()).unwrap_err();
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
