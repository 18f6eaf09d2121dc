//! The bodies of events, and which member of an event is its body.

use super::app::AppEvent;
use super::generic_action::GenericActionEvent;
use super::outcome::OutcomeAchievedEvent;
use super::segment::{SegmentAssignedEvent, SegmentAssignmentEvent};
use super::web::WebEvent;
use super::web_action::WebActionEvent;

/// What precedes the name in every event type.
pub(super) const TYPE_PREFIX: &str = "com.genesys.journey.";

/// The body of an event. Its kind follows from the event's type.
///
/// ```
/// use journey_events::{Event, EventBody};
///
/// fn describe(event: &Event) -> journey_events::Result<String> {
///     Ok(match event.body()? {
///         EventBody::Web(web) => format!("on page {:?}", web.page.and_then(|page| page.title)),
///         EventBody::OutcomeAchieved(achieved) => {
///             format!("achieved {:?}", achieved.outcome.and_then(|outcome| outcome.display_name))
///         }
///         EventBody::Other(event_type) => format!("a new type: {event_type}"),
///         _ => event.event_type().to_owned(),
///     })
/// }
/// # let event = Event::from_json(r#"{"eventType":"com.genesys.journey.NewEvent"}"#)?;
/// # assert_eq!(describe(&event)?, "a new type: com.genesys.journey.NewEvent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// [`Event::json`](crate::Event::json) has the body.
    Other(Box<str>),
}

/// The kind of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Web,
    WebAction,
    SegmentAssignment,
    OutcomeAchieved,
    App,
    SegmentAssigned,
    GenericAction,
}

impl BodyKind {
    pub(super) const COUNT: usize = 7;

    /// Each kind with the name of its event type, and of the member that holds the body.
    const NAMES: [(Self, &str, &str); Self::COUNT] = [
        (Self::Web, "WebEvent", "webEvent"),
        (Self::WebAction, "WebActionEvent", "webActionEvent"),
        (
            Self::SegmentAssignment,
            "SegmentAssignmentEvent",
            "segmentAssignmentEvent",
        ),
        (
            Self::OutcomeAchieved,
            "OutcomeAchievedEvent",
            "outcomeAchievedEvent",
        ),
        (Self::App, "AppEvent", "appEvent"),
        (
            Self::SegmentAssigned,
            "SegmentAssignedEvent",
            "segmentAssignedEvent",
        ),
        (
            Self::GenericAction,
            "GenericActionEvent",
            "genericActionEvent",
        ),
    ];

    pub(super) fn of_type(event_type: &str) -> Option<Self> {
        let name = event_type.strip_prefix(TYPE_PREFIX)?;
        let mut kinds = Self::NAMES.iter();
        kinds.find(|kind| kind.1 == name).map(|kind| kind.0)
    }

    pub(super) fn of_member(name: &str) -> Option<Self> {
        let mut kinds = Self::NAMES.iter();
        kinds.find(|kind| kind.2 == name).map(|kind| kind.0)
    }

    /// The name of the member that holds the body.
    pub(super) fn member(self) -> &'static str {
        let mut kinds = Self::NAMES.iter();
        kinds.find(|kind| kind.0 == self).map_or("", |kind| kind.2)
    }
}
