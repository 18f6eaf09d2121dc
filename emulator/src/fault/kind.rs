//! What goes wrong with a response.

use std::time::Duration;

use super::scope::{Endpoint, Target};

/// What goes wrong with a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// It has this status.
    Status(u16),
    /// The connection closes halfway through the body.
    Cut,
    /// The connection closes before the response.
    Drop,
    /// The body pauses halfway for this long.
    Stall(Duration),
    /// It is sent after this time.
    Slow(Duration),
    /// The page is empty, and the next one begins where it does.
    EmptyPage,
    /// The next page is the page itself.
    CursorLoop,
    /// The cursor is refused.
    RefusedCursor,
    /// Its text is another.
    Content(Content),
}

/// What is wrong with a response's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is an error, with status 200.
    ErrorBody,
    /// One entity lacks the member that makes it one.
    Malformed,
    /// A text is half of a surrogate pair.
    HalfSurrogate,
    /// A number is beyond a double.
    HugeNumber,
    /// An id is a number.
    NumericId,
    /// The last event but one is missing; a later response has it.
    LateEvent,
}

/// The kinds without a value of their own, by name.
pub(super) const NAMED: [(&str, Kind); 11] = [
    ("cut", Kind::Cut),
    ("drop", Kind::Drop),
    ("empty-page", Kind::EmptyPage),
    ("cursor-loop", Kind::CursorLoop),
    ("refused-cursor", Kind::RefusedCursor),
    ("error-body", Kind::Content(Content::ErrorBody)),
    ("malformed", Kind::Content(Content::Malformed)),
    ("half-surrogate", Kind::Content(Content::HalfSurrogate)),
    ("huge-number", Kind::Content(Content::HugeNumber)),
    ("numeric-id", Kind::Content(Content::NumericId)),
    ("late-event", Kind::Content(Content::LateEvent)),
];

impl Kind {
    /// Whether it can happen on an endpoint at all.
    pub(super) fn exists_on(self, endpoint: Endpoint) -> bool {
        match self {
            Self::EmptyPage | Self::CursorLoop | Self::RefusedCursor => {
                matches!(endpoint, Endpoint::Events | Endpoint::Sessions)
            }
            Self::Content(Content::LateEvent) => endpoint == Endpoint::Events,
            _ => true,
        }
    }

    /// Whether it only changes a page or entity, which a refusal has not.
    pub(crate) fn is_edit(self) -> bool {
        match self {
            Self::EmptyPage | Self::CursorLoop => true,
            Self::Content(content) => content != Content::ErrorBody,
            _ => false,
        }
    }

    /// Whether it can happen to the response of a request.
    pub(super) fn can_hit(self, target: &Target<'_>) -> bool {
        let is_page = match self {
            Self::EmptyPage | Self::CursorLoop => target.page.is_some(),
            Self::RefusedCursor => target.has_cursor,
            _ => true,
        };
        is_page && self.exists_on(target.endpoint)
    }
}
