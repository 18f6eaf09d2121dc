//! Dates of a user's own events.

use jiff::Timestamp;

/// An RFC 3339 (5.6) date-time, as the published description has dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Date {
    /// The original text.
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

impl Date {
    /// Returns `None` for anything but an RFC 3339 date-time, and for those jiff can't represent:
    /// more than nine digits of a second, or too near the end of the year 9999.
    pub(crate) fn parse(text: String) -> Option<Self> {
        if !has_valid_form(&text) {
            return None;
        }
        let at = text.parse().ok()?;
        Some(Self { text, at })
    }
}

/// Checks the form only. jiff, which parses the numbers, accepts more than RFC 3339: dates without
/// dashes, times without seconds, a second 60 at any time, offsets of a day or more, time zones in
/// brackets.
fn has_valid_form(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let offset = match rest.strip_prefix('.') {
        Some(rest) => {
            let offset = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if offset.len() == rest.len() {
                return false;
            }
            offset
        }
        None => rest,
    };
    let is_under_a_day = offset.get(1..3).is_none_or(|hours| hours < "24");
    matches(date_time, "dddd-dd-ddTdd:dd:dd")
        && !date_time.ends_with(":60")
        && is_under_a_day
        && ["Z", "+dd:dd", "-dd:dd"]
            .iter()
            .any(|pattern| matches(offset, pattern))
}

/// Matches a text against a pattern in which `d` is a digit; letters may have either case.
fn matches(text: &str, pattern: &str) -> bool {
    let mut pairs = text.bytes().zip(pattern.bytes());
    text.len() == pattern.len()
        && pairs.all(|(byte, pattern)| match pattern {
            b'd' => byte.is_ascii_digit(),
            _ => byte.eq_ignore_ascii_case(&pattern),
        })
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_keeps_its_original_text() {
        for (text, at) in [
            ("2026-03-01T09:15:31Z", "2026-03-01T09:15:31Z"),
            ("2026-03-01t09:15:31.25z", "2026-03-01T09:15:31.25Z"),
            ("2026-03-01T10:15:31+01:00", "2026-03-01T09:15:31Z"),
            ("2026-03-01T00:15:31.000-09:30", "2026-03-01T09:45:31Z"),
            ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("2028-02-29T00:00:00+23:59", "2028-02-28T00:01:00Z"),
            (
                "2026-03-01T09:15:31.123456789Z",
                "2026-03-01T09:15:31.123456789Z",
            ),
        ] {
            let date = Date::parse(text.to_owned()).unwrap();
            assert_eq!(
                (date.text.as_str(), date.at.to_string().as_str()),
                (text, at)
            );
        }
    }

    #[test]
    fn anything_but_an_rfc_3339_date_time_is_not_a_date() {
        for text in [
            "",
            "never",
            "2026-03-01",
            "2026-03-01T09:15:31",
            "2026-03-01T09:15Z",
            "2026-03-01 09:15:31Z",
            "20260301T091531Z",
            "2026-03-01T09:15:31.Z",
            "2026-03-01T09:15:31,5Z",
            "2026-03-01T09:15:31+01",
            "2026-03-01T09:15:31+01:00:30",
            "2026-03-01T09:15:31Z[UTC]",
            " 2026-03-01T09:15:31Z",
            "2026-03-01T09:15:31Z ",
            "2026-03-01T09:15:3\u{661}Z",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T09:15:31+99:00",
            "2026-03-01T09:15:31+24:00",
            "2026-03-01T09:15:31-25:59",
            "2026-03-01T09:15:60Z",
            "2026-03-01T09:15:31.1234567890Z",
        ] {
            assert_eq!(Date::parse(text.to_owned()), None, "{text}");
        }
    }
}
