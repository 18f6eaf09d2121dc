//! Intervals as the service takes them.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// A time that isn't empty, in milliseconds since 1970: from its start up to, but not including, its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    start: i64,
    end: i64,
}

impl Interval {
    /// Rounded outwards to milliseconds; `None` unless the start is before the end.
    pub(crate) fn new(range: &Range<Timestamp>) -> Option<Self> {
        let at = Timestamp::from_millisecond;
        let (start, end) = (range.start.as_millisecond(), range.end.as_millisecond());
        let is_rounded_up = at(start).is_ok_and(|at| at > range.start);
        let is_rounded_down = at(end).is_ok_and(|at| at < range.end) && at(end + 1).is_ok();
        (range.start < range.end).then_some(Self {
            start: start - i64::from(is_rounded_up),
            end: end + i64::from(is_rounded_down),
        })
    }

    /// Cuts off what touches the first so many days, in UTC. The second part is the rest.
    pub(crate) fn split_at_days(self, days: i64) -> (Self, Option<Self>) {
        let midnight = self.start - self.start.rem_euclid(DAY);
        self.split_at(midnight + days * DAY)
    }

    /// The halves; `None` if they would be shorter than this many milliseconds.
    pub(crate) fn halves(self, shortest: i64) -> Option<(Self, Self)> {
        let half = (self.end - self.start) / 2;
        if half < shortest {
            return None;
        }
        let (first, second) = self.split_at(self.start + half);
        second.map(|second| (first, second))
    }

    fn split_at(self, at: i64) -> (Self, Option<Self>) {
        if at >= self.end {
            return (self, None);
        }
        let (start, end) = (self.start, self.end);
        (Self { start, end: at }, Some(Self { start: at, end }))
    }
}

impl fmt::Display for Interval {
    /// `start/end` in ISO 8601, in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap_or_default();
        write!(f, "{:.3}/{:.3}", at(self.start), at(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(start: &str, end: &str) -> Option<Interval> {
        Interval::new(&(start.parse().unwrap()..end.parse().unwrap()))
    }

    #[test]
    fn an_interval_is_rounded_outwards_and_never_empty() {
        let text = interval("2026-03-01T00:00:00.0009Z", "2026-03-01T00:00:00.0011Z").unwrap();
        let expected = "2026-03-01T00:00:00.000Z/2026-03-01T00:00:00.002Z";
        assert_eq!(text.to_string(), expected);
        let old = interval("1969-12-31T23:59:59.9991Z", "1970-01-01T00:00:00Z").unwrap();
        let expected = "1969-12-31T23:59:59.999Z/1970-01-01T00:00:00.000Z";
        assert_eq!(old.to_string(), expected);
        assert_eq!(
            interval("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            None
        );
        assert_eq!(
            interval("2026-03-01T00:00:01Z", "2026-03-01T00:00:00Z"),
            None
        );
    }

    #[test]
    fn the_slices_of_an_interval_touch_and_end_at_midnight() {
        let mut rest = interval("2026-02-25T13:00:00Z", "2026-03-11T00:00:00.001Z");
        let mut slices = Vec::new();
        while let Some(interval) = rest {
            let (slice, further) = interval.split_at_days(7);
            slices.push(slice.to_string());
            rest = further;
        }
        assert_eq!(
            slices,
            [
                "2026-02-25T13:00:00.000Z/2026-03-04T00:00:00.000Z",
                "2026-03-04T00:00:00.000Z/2026-03-11T00:00:00.000Z",
                "2026-03-11T00:00:00.000Z/2026-03-11T00:00:00.001Z",
            ]
        );
    }

    #[test]
    fn halves_touch_and_are_not_shorter_than_allowed() {
        let whole = interval("2026-03-01T00:00:00Z", "2026-03-01T00:00:00.005Z").unwrap();
        let (first, second) = whole.halves(2).unwrap();
        assert_eq!((first.start, second.end), (whole.start, whole.end));
        assert_eq!(first.end, second.start);
        assert_eq!(whole.halves(3), None);
    }
}
