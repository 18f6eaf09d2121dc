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
    /// It is an error's body, with status 200.
    ErrorBody,
    /// Its text is another.
    Content(Content),
}

/// What is wrong with a response's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
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
    ("error-body", Kind::ErrorBody),
    ("malformed", Kind::Content(Content::Malformed)),
    ("half-surrogate", Kind::Content(Content::HalfSurrogate)),
    ("huge-number", Kind::Content(Content::HugeNumber)),
    ("numeric-id", Kind::Content(Content::NumericId)),
    ("late-event", Kind::Content(Content::LateEvent)),
];

impl Kind {
    /// Returns the endpoints on which it can happen.
    pub(super) fn endpoints(self) -> &'static [Endpoint] {
        use Endpoint::{Conversations, Events, Sessions, Token};
        match self {
            Self::EmptyPage | Self::CursorLoop | Self::RefusedCursor => &[Events, Sessions],
            Self::Content(Content::LateEvent) => &[Events],
            _ => &[Events, Sessions, Conversations, Token],
        }
    }

    /// Whether it only changes a page or entity, which a refusal has not.
    pub(crate) fn is_edit(self) -> bool {
        matches!(self, Self::EmptyPage | Self::CursorLoop | Self::Content(_))
    }

    /// Whether it can happen to the response of a request.
    pub(super) fn can_hit(self, target: &Target<'_>) -> bool {
        let is_page = match self {
            Self::EmptyPage | Self::CursorLoop => target.page.is_some(),
            Self::RefusedCursor => target.has_cursor,
            _ => true,
        };
        is_page && self.endpoints().contains(&target.endpoint)
    }
}
