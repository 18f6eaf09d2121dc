//! Dates as the service writes them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};

use crate::decode::lenient::{self, Field};

/// A date and time: the text as sent, parsed on demand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct DateTime(Box<str>);

impl DateTime {
    /// Returns the text as sent, usually ISO 8601 in UTC, with or without a fraction of a second.
    ///
    /// ```
    /// use journey_events::model::DateTime;
    ///
    /// let date: DateTime = serde_json::from_str(r#""2026-03-01T12:00:05.250Z""#)?;
    /// assert_eq!(date.as_str(), "2026-03-01T12:00:05.250Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the instant, to the nanosecond; `None` if the text isn't a date and time.
    ///
    /// A text without an offset is UTC, as the service documents.
    ///
    /// ```
    /// use journey_events::model::DateTime;
    ///
    /// let date: DateTime = serde_json::from_str(r#""2026-03-01T12:00:05""#)?; // without an offset: UTC
    /// assert_eq!(date.timestamp(), Some("2026-03-01T12:00:05Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        instant(&self.0)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Field for DateTime {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self(text.into()))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::deserialize(deserializer, "a date as text")
    }
}

/// Parses a date and time, as UTC if it has no offset.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let local: civil::DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(local).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_parsed_with_and_without_fraction_and_offset() {
        for (text, expected) in [
            ("2026-03-01T09:15:31Z", "2026-03-01T09:15:31Z"),
            (
                "2026-03-01T09:22:00.123456789Z",
                "2026-03-01T09:22:00.123456789Z",
            ),
            ("2026-03-01T10:15:31+01:00", "2026-03-01T09:15:31Z"),
            ("2026-03-01T09:15:31.000+0000", "2026-03-01T09:15:31Z"),
            ("2026-03-01T09:15:31.5", "2026-03-01T09:15:31.5Z"),
        ] {
            assert_eq!(instant(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_invalid_date_is_none() {
        for text in ["", "soon", "2026-13-01T00:00:00Z"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
