//! Dates of a user's own events.

use jiff::Timestamp;

/// A date-time with an offset, as ISO 8601 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Date {
    /// The original text.
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

impl Date {
    /// Returns `None` for a text that isn't one, such as a date-time without an offset.
    pub(crate) fn parse(text: String) -> Option<Self> {
        let at = text.parse().ok()?;
        Some(Self { text, at })
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_keeps_its_original_text() {
        for (text, at) in [
            ("2026-03-01T09:15:31Z", "2026-03-01T09:15:31Z"),
            ("2026-03-01T10:15:31.250+01:00", "2026-03-01T09:15:31.25Z"),
            ("2026-03-01T09:15:31.000+0000", "2026-03-01T09:15:31Z"),
        ] {
            let date = Date::parse(text.to_owned()).unwrap();
            assert_eq!(
                (date.text.as_str(), date.at.to_string().as_str()),
                (text, at)
            );
        }
    }

    #[test]
    fn anything_but_a_date_time_with_an_offset_is_not_a_date() {
        for text in [
            "",
            "never",
            "2026-03-01",
            "2026-03-01T09:15:31",
            "2026-02-29T00:00:00Z",
        ] {
            assert_eq!(Date::parse(text.to_owned()), None, "{text}");
        }
    }
}
