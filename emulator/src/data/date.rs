//! When an event that was given was, if it says so in a way that every client reads.

use jiff::Timestamp;

/// A date-time of RFC 3339 (5.6), which is what the published description has dates as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Date {
    /// As it was given.
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

impl Date {
    /// `None` if the text is none, or has more digits of a second than nine, or is too near the end of the
    /// year 9999, for jiff.
    pub(crate) fn read(text: String) -> Option<Self> {
        if !has_the_form(&text) {
            return None;
        }
        let at = text.parse().ok()?;
        Some(Self { text, at })
    }
}

/// The form alone: jiff, which reads the numbers, takes more than RFC 3339 does, such as a date
/// without dashes, a time without seconds, a second 60 at any time, an offset of a day, or a time zone
/// in brackets.
fn has_the_form(text: &str) -> bool {
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
    let is_of_a_day = offset.get(1..3).is_none_or(|hours| hours < "24");
    is_like(date_time, "dddd-dd-ddTdd:dd:dd")
        && !date_time.ends_with(":60")
        && is_of_a_day
        && ["Z", "+dd:dd", "-dd:dd"]
            .iter()
            .any(|form| is_like(offset, form))
}

/// Whether a text is as a form has it, where `d` is a digit; letters may be small ones.
fn is_like(text: &str, form: &str) -> bool {
    let mut pairs = text.bytes().zip(form.bytes());
    text.len() == form.len()
        && pairs.all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            _ => byte.eq_ignore_ascii_case(&form),
        })
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_time_is_kept_as_it_was_given() {
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
            let date = Date::read(text.to_owned()).unwrap();
            assert_eq!(
                (date.text.as_str(), date.at.to_string().as_str()),
                (text, at)
            );
        }
    }

    #[test]
    fn what_is_no_date_time_of_rfc_3339_is_no_date() {
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
            assert_eq!(Date::read(text.to_owned()), None, "{text}");
        }
    }
}
