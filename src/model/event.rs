//! One event: envelope decoded, JSON kept as sent, body decoded on demand.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::body::{BodyKind, EventBody, TYPE_PREFIX};
use super::date;
use super::envelope::{self, Envelope, EventSession, Field, Read};
use crate::decode::entity::{Entity, MalformedError};
use crate::decode::error::JsonError;
use crate::decode::lenient;
use crate::decode::reader::JsonReader;
use crate::decode::scan::{self, Stop};
use crate::decode::{self, ListingError};
use crate::error::{Error, ErrorKind};
use crate::position::digest::Digest;
use crate::position::identities::Identity;

/// One event of a journey session.
///
/// The envelope (id, type, date, session, customer) is decoded with the page, the body by
/// [`body`](Event::body). The JSON is kept as the service sent it, so nothing that this version of the
/// crate doesn't know is lost: [`json`](Event::json) is its exact text. Of its fields only `eventType`
/// is required. Any other that is of another type than published, or can't be decoded, is `None`.
/// `Debug` shows id and type only.
///
/// # What is validated
///
/// An event of a stream is valid JSON except, should the service send such, in its body: literals, numbers,
/// escapes, commas and colons there are validated when the body is decoded, and when the event is serialized.
/// Guaranteed before that: the text is UTF-8, brackets nest, strings end and are followed by what can follow one, and
/// there are no control characters other than white space between values, so that an event with its line breaks
/// replaced by spaces is one line.
/// [`Event::from_json`] validates every byte.
///
/// # Serialization
///
/// `serde_json` writes the exact JSON and reads it back to the byte. Binary formats, such as postcard
/// and `MessagePack`, write and read it as a string. Everything else is an error, since it would lose the
/// text: other formats that are human-readable, and an event under `#[serde(flatten)]`, or below it when
/// it is read. There, use a field for [`json`](Event::json).
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::TryStreamExt;
/// use journey_events::EventBody;
///
/// let mut events = client.session_events(session).stream();
/// while let Some(event) = events.try_next().await? {
///     if let EventBody::Web(web) = event.body()? {
///         println!("{:?} {:?}", event.created_at(), web.page.and_then(|page| page.title));
///     }
/// }
/// # Ok(()) });
/// ```
#[derive(Clone)]
pub struct Event {
    /// The JSON, and then the decoded text of the envelope's strings that have escapes: one allocation.
    text: Box<str>,
    json_length: usize,
    envelope: Envelope,
    /// Decoded on demand, like the body: few look at it.
    session: OnceLock<Option<Box<EventSession>>>,
}

impl Event {
    /// Reads an event from its JSON, such as a line that was exported earlier.
    ///
    /// # Errors
    ///
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the text isn't valid JSON, or isn't an object
    /// with a readable `eventType`.
    ///
    /// ```
    /// use journey_events::{ErrorKind, Event};
    ///
    /// let event = Event::from_json(r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":{}}"#)?;
    /// assert_eq!(event.event_type(), "com.genesys.journey.WebEvent");
    ///
    /// let error = Event::from_json(r#"{"eventType":"#).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MalformedEvent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self, Error> {
        Self::from_text(json).map_err(|error| {
            Error::new(ErrorKind::MalformedEvent, "the text isn't an event")
                .with_source(Arc::new(error))
        })
    }

    /// Reads an event from a text in which every byte is validated.
    pub(super) fn from_text(json: &str) -> Result<Self, ListingError> {
        let mut read = None;
        decode::document_text(json, |json| {
            read = json.scanned(Self::scanned_and_validated)?;
            if read.is_none() {
                // For the error, if it isn't valid.
                json.skip()?;
            }
            Ok(())
        })?;
        let (event, _) = read.ok_or(ListingError::Malformed(MalformedError::of::<Self>()))?;
        Ok(event)
    }

    fn scanned_and_validated(text: &str) -> Result<(Self, usize), Stop> {
        let (event, length) = Self::scanned(text)?;
        if let Some(body) = event.body_json() {
            scan::validate(body)?;
        }
        Ok((event, length))
    }

    /// Reads the event at the start of a text and returns its length.
    fn scanned(text: &str) -> Result<(Self, usize), Stop> {
        let Read {
            envelope,
            length,
            decoded,
        } = envelope::read(text)?;
        let json = text.get(..length).unwrap_or_default();
        let text = if decoded.is_empty() {
            json.into()
        } else {
            [json, &decoded].concat().into()
        };
        let event = Self {
            text,
            json_length: length,
            envelope,
            session: OnceLock::new(),
        };
        Ok((event, length))
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.envelope.text(field, &self.text)
    }

    /// Returns the event's JSON, exactly as the service sent it, white space included. Its body
    /// [may be invalid](Event#what-is-validated).
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{ "eventType": "t",  "new": 1.0 }"#)?;
    /// assert_eq!(event.json(), r#"{ "eventType": "t",  "new": 1.0 }"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn json(&self) -> &str {
        self.text.get(..self.json_length).unwrap_or_default()
    }

    /// Returns the event's id, which the first published form may leave out.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"id":"e-1","eventType":"t"}"#)?;
    /// assert_eq!(event.id(), Some("e-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text(Field::Id)
    }

    /// Returns the event's type in full, such as `com.genesys.journey.WebEvent`.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(session).stream();
    /// let event = events.try_next().await?.ok_or("the session has events")?;
    /// assert!(event.event_type().starts_with("com.genesys.journey."));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.text(Field::EventType).unwrap_or_default()
    }

    /// Returns when it happened, as sent: ISO 8601 in UTC, with or without a fraction of a second.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","createdDate":"2026-03-01T12:00:05.25Z"}"#)?;
    /// assert_eq!(event.created_date(), Some("2026-03-01T12:00:05.25Z"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn created_date(&self) -> Option<&str> {
        self.text(Field::CreatedDate)
    }

    /// Returns when it happened, to the nanosecond; `None` if the date is absent or can't be parsed.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","createdDate":"2026-03-01T12:00:05.25Z"}"#)?;
    /// assert_eq!(event.created_at(), Some("2026-03-01T12:00:05.25Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        date::instant(self.created_date()?)
    }

    /// Returns an id that links the events of one interaction.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","correlationId":"c-1"}"#)?;
    /// assert_eq!(event.correlation_id(), Some("c-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.text(Field::CorrelationId)
    }

    /// Returns the customer's id, of the type in [`customer_id_type`](Event::customer_id_type).
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","customerId":"ana@example.com","customerIdType":"email"}"#)?;
    /// assert_eq!(event.customer_id(), Some("ana@example.com"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn customer_id(&self) -> Option<&str> {
        self.text(Field::CustomerId)
    }

    /// Returns the type of the customer's id, such as `cookie` or `email`.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","customerId":"ana@example.com","customerIdType":"email"}"#)?;
    /// assert_eq!(event.customer_id_type(), Some("email"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn customer_id_type(&self) -> Option<&str> {
        self.text(Field::CustomerIdType)
    }

    /// Returns the session it belongs to; `None` if that is absent or not an object.
    ///
    /// Decoded at the first call, and kept.
    ///
    /// ```
    /// use journey_events::Event;
    ///
    /// let event = Event::from_json(r#"{"eventType":"t","session":{"id":"s-1","type":"web"}}"#)?;
    /// let session = event.session().ok_or("it has one")?;
    /// assert_eq!(session.id.as_deref(), Some("s-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn session(&self) -> Option<&EventSession> {
        let session = || decode::field(self.text(Field::Session)?).ok()?;
        self.session.get_or_init(session).as_deref()
    }

    /// Decodes the body, whose kind follows from the type. Each call decodes it again.
    ///
    /// Fields of another type than published, and those that can't be decoded, are `None`; such elements
    /// of a list or map are left out. A type that this version of the crate doesn't know is
    /// [`EventBody::Other`].
    ///
    /// # Errors
    ///
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the body is missing, isn't an object or isn't valid
    /// JSON.
    ///
    /// ```
    /// use journey_events::{Event, EventBody};
    ///
    /// let json = r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":{"searchQuery":"boots","page":7}}"#;
    /// let event = Event::from_json(json)?;
    /// let EventBody::Web(web) = event.body()? else { panic!("its type is WebEvent") };
    /// assert_eq!(web.search_query.as_deref(), Some("boots"));
    /// assert_eq!(web.page, None); // not an object
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn body(&self) -> Result<EventBody, Error> {
        let Some(kind) = BodyKind::of_type(self.event_type()) else {
            return Ok(EventBody::Other(self.event_type().into()));
        };
        Ok(match kind {
            BodyKind::Web => EventBody::Web(self.body_of(kind)?),
            BodyKind::WebAction => EventBody::WebAction(self.body_of(kind)?),
            BodyKind::SegmentAssignment => EventBody::SegmentAssignment(self.body_of(kind)?),
            BodyKind::OutcomeAchieved => EventBody::OutcomeAchieved(self.body_of(kind)?),
            BodyKind::App => EventBody::App(self.body_of(kind)?),
            BodyKind::SegmentAssigned => EventBody::SegmentAssigned(self.body_of(kind)?),
            BodyKind::GenericAction => EventBody::GenericAction(self.body_of(kind)?),
        })
    }

    /// The body's text as sent, or the whole event's where the type has no known body.
    fn body_text(&self) -> &str {
        let name = self
            .event_type()
            .strip_prefix(TYPE_PREFIX)
            .unwrap_or_default();
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let member: String = first.into_iter().chain(letters).collect();
        decode::member_text(self.json(), &member).unwrap_or(self.json())
    }

    /// The body as sent, which may not be valid JSON, if it is an object or array.
    pub(crate) fn body_json(&self) -> Option<&str> {
        self.text(Field::Body)
    }

    fn body_of<T: lenient::Field>(&self, kind: BodyKind) -> Result<Box<T>, Error> {
        let body = self.body_json().map(decode::field::<Box<T>>);
        let malformed = |what: &str| {
            let event_type = self.event_type().escape_debug();
            let message = format!("`{}` of a {event_type} {what}", kind.member());
            Error::new(ErrorKind::MalformedEvent, message)
        };
        match body {
            Some(Ok(Some(body))) => Ok(body),
            None | Some(Ok(None)) => Err(malformed("is missing or isn't an object")),
            Some(Err(error)) => Err(malformed("isn't valid JSON").with_source(Arc::new(error))),
        }
    }
}

impl Entity for Event {
    const REQUIRED: &'static str = "eventType";

    fn read<'a>(json: &mut JsonReader<'a>) -> Result<(Option<Self>, &'a str), JsonError> {
        if let Some((event, json)) = json.scanned(Self::scanned)? {
            return Ok((Some(event), json));
        }
        let json = json.skip()?;
        Ok((None, json))
    }

    fn id(&self) -> Option<&str> {
        self.id()
    }

    fn identity(&self) -> Identity<'_> {
        if let Some(id) = self.id() {
            return Identity::Id(id);
        }
        let date = self.created_date().unwrap_or_default();
        let digest = Digest::of_anonymous(self.event_type(), date, self.body_text());
        Identity::Digest(digest)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id())
            .field("event_type", &self.event_type())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Event {
    /// Two events are equal if their JSON is, to the byte.
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Event {}

impl FromStr for Event {
    type Err = Error;

    fn from_str(json: &str) -> Result<Self, Error> {
        Self::from_json(json)
    }
}
