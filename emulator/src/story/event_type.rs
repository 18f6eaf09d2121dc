//! The service's event types.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    Web,
    WebAction,
    SegmentAssignment,
    OutcomeAchieved,
    App,
    /// Replaces `SegmentAssignment` in the first published form.
    SegmentAssigned,
}

impl EventType {
    /// Returns the value of `eventType`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "com.genesys.journey.WebEvent",
            Self::WebAction => "com.genesys.journey.WebActionEvent",
            Self::SegmentAssignment => "com.genesys.journey.SegmentAssignmentEvent",
            Self::OutcomeAchieved => "com.genesys.journey.OutcomeAchievedEvent",
            Self::App => "com.genesys.journey.AppEvent",
            Self::SegmentAssigned => "com.genesys.journey.SegmentAssignedEvent",
        }
    }

    /// Returns the member that holds the body.
    pub(super) fn body(self) -> &'static str {
        match self {
            Self::Web => "webEvent",
            Self::WebAction => "webActionEvent",
            Self::SegmentAssignment => "segmentAssignmentEvent",
            Self::OutcomeAchieved => "outcomeAchievedEvent",
            Self::App => "appEvent",
            Self::SegmentAssigned => "segmentAssignedEvent",
        }
    }
}
