//! Which member of an event is its body.

/// What precedes the name in every event type.
pub(super) const TYPE_PREFIX: &str = "com.genesys.journey.";

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
