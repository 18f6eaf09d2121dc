//! One event: envelope decoded, JSON kept as sent, body decoded on demand.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::app::AppEvent;
use super::date;
use super::envelope::{Envelope, EventSession};
use super::generic_action::GenericActionEvent;
use super::outcome::OutcomeAchievedEvent;
use super::segment::{SegmentAssignedEvent, SegmentAssignmentEvent};
use super::web::WebEvent;
use super::web_action::WebActionEvent;
use crate::decode::entity::Entity;
use crate::decode::error::JsonError;
use crate::decode::member::Member;
use crate::error::{Error, ErrorKind};
use crate::position::digest::Digest;

/// What comes before the name in every event type.
const TYPE_PREFIX: &str = "com.genesys.journey.";

/// One event of a journey session.
///
/// The envelope (id, type, date, session, customer) is decoded; the body is decoded when
/// [`body`](Event::body) asks for it. The JSON stays as the service sent it: [`json`](Event::json) is
/// its exact text and `Serialize` writes it back unchanged with `serde_json`, so nothing that this
/// version does not know is lost. `Debug` shows id and type only.
#[derive(Clone)]
pub struct Event {
    json: Box<str>,
    envelope: Envelope,
    /// Read when it is asked for, like the body; few look at it.
    session: OnceLock<Option<Box<EventSession>>>,
}

/// The body of an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventBody {
    /// Something on a web page.
    Web(Box<WebEvent>),
    /// What became of an action on a web page.
    WebAction(Box<WebActionEvent>),
    /// A segment was assigned, current form.
    SegmentAssignment(Box<SegmentAssignmentEvent>),
    /// An outcome was achieved.
    OutcomeAchieved(Box<OutcomeAchievedEvent>),
    /// Something in a mobile app.
    App(Box<AppEvent>),
    /// A segment was assigned, first published form.
    SegmentAssigned(Box<SegmentAssignedEvent>),
    /// What became of another action, first published form.
    GenericAction(Box<GenericActionEvent>),
    /// A type published after this version of the crate; see [`Event::json`].
    Unknown,
}

impl Event {
    /// Reads an event from its JSON, such as a line that was exported earlier.
    ///
    /// # Errors
    ///
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the text is not one JSON object with an
    /// `eventType` and, where present, an envelope of strings.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let envelope = serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorKind::MalformedEvent, "the text is no event")
                .with_source(Arc::new(JsonError::from(error)))
        })?;
        Ok(Self::new(json.trim_ascii(), envelope))
    }

    /// The event's JSON, exactly as the service sent it, white space included.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The event's id. The first published form may leave it out.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.envelope.id.as_deref()
    }

    /// The event's type in full, such as `com.genesys.journey.WebEvent`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.envelope.event_type
    }

    /// When it happened, as sent: ISO 8601 in UTC, with or without a fraction of a second.
    #[must_use]
    pub fn created_date(&self) -> Option<&str> {
        self.envelope.created_date.as_deref()
    }

    /// When it happened, to the nanosecond; `None` if the date is absent or no date.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        date::instant(self.created_date()?)
    }

    /// An id that links events of one interaction.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.envelope.correlation_id.as_deref()
    }

    /// The customer's id, of the type that [`customer_id_type`](Event::customer_id_type) names.
    #[must_use]
    pub fn customer_id(&self) -> Option<&str> {
        self.envelope.customer_id.as_deref()
    }

    /// The type of the customer's id, such as `cookie` or `email`.
    #[must_use]
    pub fn customer_id_type(&self) -> Option<&str> {
        self.envelope.customer_id_type.as_deref()
    }

    /// The session it belongs to; `None` if it is absent or not as published.
    ///
    /// Decoded at the first call, and kept.
    #[must_use]
    pub fn session(&self) -> Option<&EventSession> {
        let session = self.session.get_or_init(|| {
            let session = self.member("session").ok()?;
            session.map(Box::new)
        });
        session.as_deref()
    }

    /// Decodes the body, whose kind follows from the type.
    ///
    /// Decodes anew at each call. A type that this version does not know is
    /// [`EventBody::Unknown`], never an error.
    ///
    /// # Errors
    ///
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the body is missing, or a field has another
    /// type than published. The event's JSON is as good as before.
    pub fn body(&self) -> Result<EventBody, Error> {
        let name = self
            .event_type()
            .strip_prefix(TYPE_PREFIX)
            .unwrap_or_default();
        Ok(match name {
            "WebEvent" => EventBody::Web(self.body_named("webEvent")?),
            "WebActionEvent" => EventBody::WebAction(self.body_named("webActionEvent")?),
            "SegmentAssignmentEvent" => {
                EventBody::SegmentAssignment(self.body_named("segmentAssignmentEvent")?)
            }
            "OutcomeAchievedEvent" => {
                EventBody::OutcomeAchieved(self.body_named("outcomeAchievedEvent")?)
            }
            "AppEvent" => EventBody::App(self.body_named("appEvent")?),
            "SegmentAssignedEvent" => {
                EventBody::SegmentAssigned(self.body_named("segmentAssignedEvent")?)
            }
            "GenericActionEvent" => {
                EventBody::GenericAction(self.body_named("genericActionEvent")?)
            }
            _ => EventBody::Unknown,
        })
    }

    /// The body's text as sent, or the whole event's where the type has no known body.
    fn body_text(&self) -> Cow<'_, str> {
        let name = self
            .event_type()
            .strip_prefix(TYPE_PREFIX)
            .unwrap_or_default();
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let member: String = first.into_iter().chain(letters).collect();
        match self.member::<Box<RawValue>>(&member) {
            Ok(Some(body)) => Cow::Owned(Box::<str>::from(body).into()),
            _ => Cow::Borrowed(self.json()),
        }
    }

    fn body_named<T: for<'de> Deserialize<'de>>(&self, name: &'static str) -> Result<T, Error> {
        let malformed = |what: &str| {
            Error::new(
                ErrorKind::MalformedEvent,
                format!("`{name}` of a {} {what}", self.event_type().escape_debug()),
            )
        };
        match self.member(name) {
            Ok(Some(body)) => Ok(body),
            Ok(None) => Err(malformed("is missing")),
            Err(error) => {
                Err(malformed("can't be read").with_source(Arc::new(JsonError::from(error))))
            }
        }
    }

    fn member<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(self.json());
        Member::named(name).deserialize(&mut json)
    }
}

impl Entity for Event {
    type Envelope = Envelope;

    fn new(json: &str, envelope: Envelope) -> Self {
        Self {
            json: json.into(),
            envelope,
            session: OnceLock::new(),
        }
    }

    fn id(&self) -> Option<&str> {
        self.id()
    }

    fn digest(&self) -> Digest {
        match self.id() {
            Some(id) => Digest::of_id(id),
            None => {
                let date = self.created_date().unwrap_or_default();
                Digest::of_anonymous(self.event_type(), date, &self.body_text())
            }
        }
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

impl Serialize for Event {
    /// Writes the JSON as it came. Only `serde_json` can: other formats get an opaque value.
    /// [`json`](Event::json) is the same text at no cost.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json: &RawValue =
            serde_json::from_str(&self.json).map_err(serde::ser::Error::custom)?;
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    /// Reads an event from `serde_json`, keeping its text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let envelope = serde_json::from_str(json.get()).map_err(serde::de::Error::custom)?;
        Ok(Self::new(json.get(), envelope))
    }
}
