//! One event: envelope decoded, JSON kept as sent, body decoded on demand.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::app::AppEvent;
use super::date;
use super::envelope::{Envelope, EventSession};
use super::generic_action::GenericActionEvent;
use super::outcome::OutcomeAchievedEvent;
use super::segment::{SegmentAssignedEvent, SegmentAssignmentEvent};
use super::web::WebEvent;
use super::web_action::WebActionEvent;
use crate::decode::entity::Entity;
use crate::decode::lenient::Field;
use crate::decode::{self, listing};
use crate::error::{Error, ErrorKind};
use crate::position::digest::Digest;

/// What precedes the name in every event type.
const TYPE_PREFIX: &str = "com.genesys.journey.";

/// One event of a journey session.
///
/// The envelope (id, type, date, session, customer) is decoded with the page, the body by
/// [`body`](Event::body). The JSON is kept as the service sent it, so nothing that this version of the
/// crate doesn't know is lost: [`json`](Event::json) is its exact text. Of its fields only `eventType`
/// is required. Any other that is of another type than published, or can't be decoded, is `None`.
/// `Debug` shows id and type only.
///
/// # Serialization
///
/// `serde_json` writes the exact JSON and reads it back to the byte. Binary formats, such as postcard
/// and `MessagePack`, write and read it as a string. Everything else is an error, since it would lose the
/// text: other formats that are human-readable, and an event under `#[serde(flatten)]`, or below it when
/// it is read. There, use a field for [`json`](Event::json).
#[derive(Clone)]
pub struct Event {
    json: Box<str>,
    envelope: Envelope,
    /// Decoded on demand, like the body: few look at it.
    session: OnceLock<Option<Box<EventSession>>>,
}

/// The body of an event. Its kind follows from the event's type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventBody {
    /// Something on a web page.
    Web(Box<WebEvent>),
    /// A change in the state of an action on a web page.
    WebAction(Box<WebActionEvent>),
    /// A segment was assigned, current form.
    SegmentAssignment(Box<SegmentAssignmentEvent>),
    /// An outcome was achieved.
    OutcomeAchieved(Box<OutcomeAchievedEvent>),
    /// Something in a mobile app.
    App(Box<AppEvent>),
    /// A segment was assigned, first published form.
    SegmentAssigned(Box<SegmentAssignedEvent>),
    /// A change in the state of another action, first published form.
    GenericAction(Box<GenericActionEvent>),
    /// Any other type, in full and as sent: one that was published after this version of the crate.
    /// [`Event::json`] has the body.
    Other(Box<str>),
}

impl Event {
    /// Reads an event from its JSON, such as a line that was exported earlier.
    ///
    /// # Errors
    ///
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the text isn't valid JSON, or isn't an object
    /// with a readable `eventType`.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        listing::single_text(json).map_err(|error| {
            Error::new(ErrorKind::MalformedEvent, "the text isn't an event")
                .with_source(Arc::new(error))
        })
    }

    /// Returns the event's JSON, exactly as the service sent it, white space included.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns the event's id, which the first published form may leave out.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.envelope.id.as_deref()
    }

    /// Returns the event's type in full, such as `com.genesys.journey.WebEvent`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.envelope.event_type
    }

    /// Returns when it happened, as sent: ISO 8601 in UTC, with or without a fraction of a second.
    #[must_use]
    pub fn created_date(&self) -> Option<&str> {
        self.envelope.created_date.as_deref()
    }

    /// Returns when it happened, to the nanosecond; `None` if the date is absent or can't be parsed.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        date::instant(self.created_date()?)
    }

    /// Returns an id that links the events of one interaction.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.envelope.correlation_id.as_deref()
    }

    /// Returns the customer's id, of the type in [`customer_id_type`](Event::customer_id_type).
    #[must_use]
    pub fn customer_id(&self) -> Option<&str> {
        self.envelope.customer_id.as_deref()
    }

    /// Returns the type of the customer's id, such as `cookie` or `email`.
    #[must_use]
    pub fn customer_id_type(&self) -> Option<&str> {
        self.envelope.customer_id_type.as_deref()
    }

    /// Returns the session it belongs to; `None` if that is absent or not an object.
    ///
    /// Decoded at the first call, and kept.
    #[must_use]
    pub fn session(&self) -> Option<&EventSession> {
        let session = || decode::member(self.json(), "session");
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
    /// [`MalformedEvent`](ErrorKind::MalformedEvent) if the body is missing or isn't an object.
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
            _ => EventBody::Other(self.event_type().into()),
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

    fn body_named<T: Field>(&self, name: &'static str) -> Result<Box<T>, Error> {
        decode::member(self.json(), name).ok_or_else(|| {
            let event_type = self.event_type().escape_debug();
            let message = format!("`{name}` of a {event_type} is missing or isn't an object");
            Error::new(ErrorKind::MalformedEvent, message)
        })
    }
}

impl Entity for Event {
    type Envelope = Envelope;

    const REQUIRED: &'static str = "eventType";

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
        if let Some(id) = self.id() {
            return Digest::of_id(id);
        }
        let date = self.created_date().unwrap_or_default();
        Digest::of_anonymous(self.event_type(), date, self.body_text())
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
