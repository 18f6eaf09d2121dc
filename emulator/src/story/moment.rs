//! Dates of generated events.

use jiff::Timestamp;

use crate::date;

/// Milliseconds since the beginning of 2025, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

/// The beginning of 2025, in milliseconds since 1970.
const START: i64 = 1_735_689_600_000;

impl Moment {
    pub(crate) fn to_text(self) -> String {
        date::text(self.timestamp())
    }

    /// The longest sessions end before the year 3000, so that the fallback is never needed.
    pub(crate) fn timestamp(self) -> Timestamp {
        let since_1970 = i64::try_from(self.0)
            .ok()
            .and_then(|millis| START.checked_add(millis));
        let at = since_1970.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        at.unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    const DAY: u64 = 86_400_000;

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
