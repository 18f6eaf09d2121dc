//! The published forms of the endpoint.

use crate::error::StartError;

/// A published form of the endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// The parameters of both forms, with the current form's events.
    #[default]
    Both,
    /// The form first published (April 2019): `limit`, `after` and `before`, no filter. All
    /// sessions are web sessions, and segments arrive as `SegmentAssignedEvent`.
    First,
    /// The current form (August 2026): `pageSize`, `after` and `eventType`; no way to page
    /// backwards.
    Current,
}

impl std::str::FromStr for Form {
    type Err = StartError;

    /// Parses `both`, `first` or `current`.
    fn from_str(text: &str) -> Result<Self, StartError> {
        match text {
            "both" => Ok(Self::Both),
            "first" => Ok(Self::First),
            "current" => Ok(Self::Current),
            _ => Err(StartError::setting(
                "form",
                text.to_owned(),
                "both, first or current",
            )),
        }
    }
}
