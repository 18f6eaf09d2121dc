//! Dates of generated events, written as the service writes them.

/// Milliseconds since the beginning of 2025, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

const DAY: u64 = 86_400_000;

impl Moment {
    /// Writes ISO 8601 in UTC, with a fraction only if there is one, as the service does.
    pub(crate) fn to_text(self) -> String {
        let (mut days, time) = (self.0 / DAY, self.0 % DAY);
        let mut year = 2025;
        while days >= days_in_year(year) {
            days -= days_in_year(year);
            year += 1;
        }
        let mut month = 1;
        for length in [
            31,
            28 + u64::from(is_leap(year)),
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
        ] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let (hour, minute) = (time / 3_600_000, time / 60_000 % 60);
        let (second, fraction) = (time / 1_000 % 60, time % 1_000);
        let day = days + 1;
        if fraction == 0 {
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        } else {
            format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"
            )
        }
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

#[cfg(test)]
mod tests {
    use super::{DAY, Moment};

    #[test]
    fn the_calendar_is_right() {
        let day = |days: u64| Moment(days * DAY).to_text();
        assert_eq!(day(0), "2025-01-01T00:00:00Z");
        assert_eq!(day(58), "2025-02-28T00:00:00Z");
        assert_eq!(day(59), "2025-03-01T00:00:00Z");
        assert_eq!(day(364), "2025-12-31T00:00:00Z");
        assert_eq!(day(365), "2026-01-01T00:00:00Z");
        assert_eq!(day(3 * 365 + 59), "2028-02-29T00:00:00Z");
        assert_eq!(day(3 * 365 + 365), "2028-12-31T00:00:00Z");
        assert_eq!(day(3 * 365 + 366), "2029-01-01T00:00:00Z");
    }

    #[test]
    fn milliseconds_are_written_only_if_there_are_any() {
        assert_eq!(Moment(DAY - 1).to_text(), "2025-01-01T23:59:59.999Z");
        assert_eq!(Moment(3_661_000).to_text(), "2025-01-01T01:01:01Z");
        assert_eq!(Moment(7).to_text(), "2025-01-01T00:00:00.007Z");
    }
}
