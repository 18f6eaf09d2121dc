//! Dates: how the service writes them, and how those of a user's own events are read.

use jiff::Timestamp;

/// Writes RFC 3339 in UTC, with milliseconds only if there are any, as the service does. What is
/// finer than a millisecond isn't lost.
pub(crate) fn text(at: Timestamp) -> String {
    let fraction = at.subsec_nanosecond();
    if fraction != 0 && fraction % 1_000_000 == 0 {
        format!("{at:.3}")
    } else {
        at.to_string()
    }
}

/// Reads a date-time with an offset as RFC 3339 has it, and close variants. Returns `None` for
/// anything else, such as a date-time without an offset.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    /// The beginning of the year 0: RFC 3339 can't write an earlier one.
    const FIRST_SECOND: i64 = -62_167_219_200;
    let at: Timestamp = text.parse().ok()?;
    (at.as_second() >= FIRST_SECOND).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::{parse, text};

    #[test]
    fn a_date_is_written_as_the_service_does_however_it_was_read() {
        for (read, written) in [
            ("2026-03-01T09:15:31Z", "2026-03-01T09:15:31Z"),
            ("2026-03-01T09:15:31.000Z", "2026-03-01T09:15:31Z"),
            ("2026-03-01T10:15:31.250+01:00", "2026-03-01T09:15:31.250Z"),
            (
                "2026-03-01T09:15:31.000000001Z",
                "2026-03-01T09:15:31.000000001Z",
            ),
            ("2026-03-01T09:15:31+0000", "2026-03-01T09:15:31Z"),
            ("2026-03-01t09:15:31z", "2026-03-01T09:15:31Z"),
            ("2026-03-01T09:15:31Z[UTC]", "2026-03-01T09:15:31Z"),
            ("20260301T091531Z", "2026-03-01T09:15:31Z"),
            ("2026-03-01T09:15Z", "2026-03-01T09:15:00Z"),
            ("2026-03-01T09:15:60Z", "2026-03-01T09:15:59Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse(read).map(text).as_deref(), Some(written), "{read}");
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
            "2026-03-01T09:15:31.0000000001Z",
            "-000001-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
