//! The fields that every event has.

use std::mem;
use std::num::NonZeroU32;
use std::ops::Range;

use super::body::BodyKind;
use super::part::part;
use crate::decode::scan::{self, Stop, Text, Value};

part! {
    /// The session that an event belongs to.
    EventSession {
        /// Id.
        id: String,
        /// Path of the session.
        self_uri: String,
        /// Type, such as `web` or `app`.
        r#type: String,
        /// Name; first published form only.
        name: String,
    }
}

/// A field that every event has, or its body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Id,
    CorrelationId,
    CustomerId,
    CustomerIdType,
    EventType,
    CreatedDate,
    Session,
    Body,
}

impl Field {
    const COUNT: usize = Self::Body as usize + 1;

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "correlationId" => Self::CorrelationId,
            "customerId" => Self::CustomerId,
            "customerIdType" => Self::CustomerIdType,
            "eventType" => Self::EventType,
            "createdDate" => Self::CreatedDate,
            "session" => Self::Session,
            _ => return None,
        })
    }
}

/// Where the fields of an event are: the text of strings, and session and body if they are objects or arrays.
#[derive(Clone, Default)]
pub(super) struct Envelope([Option<Span>; Field::COUNT]);

impl Envelope {
    /// Returns a field's text. `text` is the event's JSON, followed by what was decoded.
    pub(super) fn text<'a>(&self, field: Field, text: &'a str) -> Option<&'a str> {
        text.get(self.get(field)?.range())
    }

    fn get(&self, field: Field) -> Option<Span> {
        self.0.get(field as usize).copied().flatten()
    }

    fn set(&mut self, field: Field, at: Option<Span>) {
        if let Some(place) = self.0.get_mut(field as usize) {
            *place = at;
        }
    }
}

/// A part of a text, which is shorter than 2 GiB.
#[derive(Clone, Copy)]
struct Span {
    /// Not zero, since a brace comes first: `Option` takes no room.
    start: NonZeroU32,
    end: u32,
}

impl Span {
    fn new(at: Range<usize>) -> Option<Self> {
        Some(Self {
            start: NonZeroU32::new(at.start.try_into().ok()?)?,
            end: at.end.try_into().ok()?,
        })
    }

    fn range(self) -> Range<usize> {
        self.start.get() as usize..self.end as usize
    }
}

/// An envelope as it was read.
pub(super) struct Read {
    pub(super) envelope: Envelope,
    /// The length of the event's JSON.
    pub(super) length: usize,
    /// The text of strings with escapes, which follows the JSON.
    pub(super) decoded: String,
}

/// Reads the envelope of the event at the start of a text.
///
/// Refuses what isn't an object with a readable `eventType`, and what isn't valid JSON, except in the body. Of
/// several fields with the same name the last counts, as in the official SDKs. A text of 2 GiB or more is refused.
pub(super) fn read(text: &str) -> Result<Read, Stop> {
    if i32::try_from(text.len()).is_err() {
        return Err(Stop::Refused);
    }
    let mut reader = Reader {
        text,
        envelope: Envelope::default(),
        decoded: String::new(),
        bodies: [None; BodyKind::COUNT],
    };
    let length = scan::object(text, |name, value| reader.member(name.as_deref(), value))?;
    reader.finish(length)
}

struct Reader<'a> {
    text: &'a str,
    /// What is decoded is taken to follow the whole text until the event's length is known.
    envelope: Envelope,
    decoded: String,
    /// By kind, and not validated.
    bodies: [Option<Span>; BodyKind::COUNT],
}

impl Reader<'_> {
    fn member(&mut self, name: Option<&str>, value: Value) -> Result<(), Stop> {
        let field = name.and_then(Field::named);
        if let (Some(name), None) = (name, field)
            && let Some(kind) = BodyKind::of_member(name)
        {
            return self.body(kind, value);
        }
        if let Value::Container(at) = &value {
            self.validate(at.clone())?;
        }
        match (field, value) {
            (None, _) => {}
            (Some(Field::Session), Value::Container(at)) => {
                self.envelope.set(Field::Session, Span::new(at));
            }
            (Some(field), Value::Text(text)) if !matches!(field, Field::Session) => {
                let at = self.string(text);
                self.envelope.set(field, at);
            }
            (Some(field), _) => self.envelope.set(field, None),
        }
        Ok(())
    }

    fn body(&mut self, kind: BodyKind, value: Value) -> Result<(), Stop> {
        let body = match value {
            Value::Container(at) => Span::new(at),
            Value::Text(_) | Value::Scalar(_) => None,
        };
        let place = self.bodies.get_mut(kind as usize);
        let replaced = place.and_then(|place| mem::replace(place, body));
        // It wasn't the body after all.
        replaced.map_or(Ok(()), |earlier| self.validate(earlier.range()))
    }

    /// `None` if it has half of a surrogate pair.
    fn string(&mut self, Text { at, has_escapes }: Text) -> Option<Span> {
        if !has_escapes {
            return Span::new(at);
        }
        let quoted = self.text.get(at.start - 1..at.end + 1)?;
        let start = self.text.len() + self.decoded.len();
        self.decoded.push_str(&scan::decoded(quoted)?);
        Span::new(start..self.text.len() + self.decoded.len())
    }

    fn finish(mut self, length: usize) -> Result<Read, Stop> {
        let event_type = self.envelope.get(Field::EventType).ok_or(Stop::Refused)?;
        let kind = BodyKind::of_type(self.resolve(event_type));
        let body = kind.and_then(|kind| self.bodies.get_mut(kind as usize)?.take());
        self.envelope.set(Field::Body, body);
        for not_the_body in self.bodies.into_iter().flatten() {
            self.validate(not_the_body.range())?;
        }
        let excess = self.text.len() - length;
        for place in &mut self.envelope.0 {
            // No string with escapes is empty, so what was decoded ends behind the text.
            if let Some(at) = place.filter(|at| at.end as usize > self.text.len()) {
                let Range { start, end } = at.range();
                *place = Span::new(start - excess..end - excess);
            }
        }
        Ok(Read {
            envelope: self.envelope,
            length,
            decoded: self.decoded,
        })
    }

    /// The text of a string before it is moved.
    fn resolve(&self, at: Span) -> &str {
        let Range { start, end } = at.range();
        let length = self.text.len();
        let text = match start.checked_sub(length) {
            Some(start) => self.decoded.get(start..end - length),
            None => self.text.get(start..end),
        };
        text.unwrap_or_default()
    }

    fn validate(&self, at: Range<usize>) -> Result<(), Stop> {
        scan::validate(self.text.get(at).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = r#""eventType":"com.genesys.journey.WebEvent""#;

    fn fields(json: &str) -> Option<[Option<String>; Field::COUNT]> {
        let read = read(json).ok()?;
        assert_eq!(read.length, json.len());
        let text = [json, &read.decoded].concat();
        let fields = [
            Field::Id,
            Field::CorrelationId,
            Field::CustomerId,
            Field::CustomerIdType,
            Field::EventType,
            Field::CreatedDate,
            Field::Session,
            Field::Body,
        ];
        Some(fields.map(|field| read.envelope.text(field, &text).map(Into::into)))
    }

    #[test]
    fn fields_are_where_they_are_sent_and_those_with_escapes_after_the_json() {
        let json = format!(
            r#"{{"\u0069d":"\u0041","correlationId":"b","customerId":"\n\ud83d\ude00","customerIdType":"\ud83d",{WEB},"createdDate":7,"session":{{"id":"s"}},"webEvent": {{ }} }}"#
        );
        let expected = [
            Some("A"),
            Some("b"),
            Some("\n\u{1f600}"),
            None,
            Some("com.genesys.journey.WebEvent"),
            None,
            Some(r#"{"id":"s"}"#),
            Some("{ }"),
        ];
        assert_eq!(
            fields(&json),
            Some(expected.map(|text| text.map(Into::into)))
        );
    }

    #[test]
    fn the_last_of_several_members_with_a_name_counts_whatever_it_is() {
        let json = format!(
            r#"{{"id":"a","id":"b","customerId":"c","customerId":{{}},"session":[],"session":1,"webEvent":{{}},{WEB},"webEvent":"x"}}"#
        );
        let [id, _, customer_id, _, _, _, session, body] = fields(&json).unwrap();
        assert_eq!(id.as_deref(), Some("b"));
        assert_eq!((customer_id, session, body), (None, None, None));
    }

    #[test]
    fn within_the_body_values_escapes_and_separators_are_not_validated() {
        for body in [
            "{tru}",
            r#"{"a":01,"b":-,"c":1e}"#,
            r#"{"a":"\q\u12"}"#,
            r#"{"a",,:1 2 b "c":[:]}"#,
            r#"["a"]"#,
        ] {
            let json = format!(r#"{{"webEvent":{body},{WEB}}}"#);
            assert_eq!(
                fields(&json).unwrap()[Field::Body as usize].as_deref(),
                Some(body)
            );
        }
    }

    #[test]
    fn everything_else_is() {
        for members in [
            // Brackets and strings of the body.
            r#""webEvent":{"a":[1}]"#,
            r#""webEvent":{"a":"b"c"}"#,
            r#""webEvent":{"a":"b" c}"#,
            r#""webEvent":{"a":"b"{}}"#,
            r#""webEvent":{"a":\"b"}"#,
            "\"webEvent\":{\"a\":\"\n\"}",
            "\"webEvent\":{\"a\":\u{1}1}",
            // What is no body of this event.
            r#""webEvent":{tru},"webEvent":{}"#,
            r#""webEvent":{},"appEvent":{tru}"#,
            r#""session":{"id":tru}"#,
            r#""other":[01]"#,
            r#""id":{tru}"#,
            // The members.
            r#""id":tru"#,
            r#""other":01"#,
            r#""other":"\q""#,
            r#""\q":1"#,
            r#""id" "a""#,
            r#""id":"a",,"b":1"#,
            r"id:1",
            "\u{1}\"id\":1",
        ] {
            for json in [
                format!("{{{members},{WEB}}}"),
                format!("{{{WEB},{members}}}"),
            ] {
                assert_eq!(read(&json).err(), Some(Stop::Refused), "{json}");
            }
        }
    }

    #[test]
    fn without_a_readable_type_it_is_not_an_event() {
        for json in [
            "{}",
            "[]",
            "7",
            r#"{"eventType":7}"#,
            r#"{"eventType":"\ud83d"}"#,
            r#"{"eventType":"a","eventType":null}"#,
        ] {
            assert_eq!(read(json).err(), Some(Stop::Refused), "{json}");
        }
    }

    #[test]
    fn a_text_that_ends_within_an_event_is_reported_as_such() {
        let json = format!(
            r#"{{ "webEvent" : {{"a":[tru,"\\"]}} , {WEB},"id":"a\n","other":-1e5,"last":{{"a":1}} }}"#
        );
        for end in 0..json.len() {
            assert_eq!(read(&json[..end]).err(), Some(Stop::TextEnds), "{end}");
        }
        assert!(read(&json).is_ok());
    }
}
