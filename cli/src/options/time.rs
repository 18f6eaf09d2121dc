//! Points in time, intervals and durations, as people write them.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Unit};

/// A half-open interval: it contains its start and not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// Parses a point in time: a day (its start), a date and time, `now`, `today`, `yesterday`, or how long
/// ago it was, such as `24h`. In UTC unless it has an offset.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    time_at(text, Timestamp::now()).ok_or_else(|| {
        "expected a day such as 2026-01-31, a time such as 2026-01-31T08:00:00Z, `today`, `yesterday`, or \
         how long ago, such as 24h or 7d"
            .to_owned()
    })
}

/// Parses an interval: two times separated by `/`, or one of `today`, `yesterday`, a day, or how far it
/// reaches back from now, such as `24h`.
pub(crate) fn parse_interval(text: &str) -> Result<Interval, String> {
    let interval = interval_at(text, Timestamp::now()).ok_or_else(|| {
        "expected two times such as 2026-01-31/2026-02-01, a day, `today`, `yesterday`, or how far back \
         from now, such as 24h or 7d"
            .to_owned()
    })?;
    if interval.start < interval.end {
        return Ok(interval);
    }
    Err(format!(
        "it ends at {}, which isn't after its start, {}",
        interval.end, interval.start
    ))
}

/// Parses a duration such as `10s`, `24h`, `1h 30m` or `7d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = duration(text).and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "expected a duration such as 10s, 90m, 24h or 1h 30m".to_owned())
}

fn time_at(text: &str, now: Timestamp) -> Option<Timestamp> {
    let today = day_of(now);
    match text {
        "now" => return Some(now),
        "today" => return start_of(today),
        "yesterday" => return start_of(today.yesterday().ok()?),
        _ => {}
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    if let Some(time) = text.parse::<DateTime>().ok().and_then(in_utc) {
        return Some(time);
    }
    let ago = duration(text)?.abs();
    now.checked_sub(ago).ok()?.round(Unit::Second).ok()
}

fn interval_at(text: &str, now: Timestamp) -> Option<Interval> {
    // In ISO 8601, a duration beside a time means something else; a time alone has no end.
    let is_reach = duration(text).is_some();
    if let Some((start, end)) = text.split_once('/') {
        let time = |text| time_at(text, now).filter(|_| duration(text).is_none());
        let (start, end) = (time(start)?, time(end)?);
        return Some(Interval { start, end });
    }
    let is_day = text == "yesterday" || is_day(text);
    let start = time_at(text, now).filter(|_| is_day || is_reach || text == "today")?;
    let end = if is_day {
        start_of(day_of(start).tomorrow().ok()?)?
    } else {
        now
    };
    Some(Interval { start, end })
}

/// Whether it is a day alone: a date is also read from a date and time.
fn is_day(text: &str) -> bool {
    text.parse::<Date>()
        .is_ok_and(|day| day.to_string() == text)
}

fn day_of(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

fn start_of(day: Date) -> Option<Timestamp> {
    in_utc(day.at(0, 0, 0, 0))
}

fn in_utc(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-01T10:30:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    #[test]
    fn a_time_is_a_day_an_instant_a_word_or_how_long_ago() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T08:00:00", "2026-01-31T08:00:00Z"),
            ("2026-01-31 08:00", "2026-01-31T08:00:00Z"),
            ("2026-01-31T08:00:00+01:00", "2026-01-31T07:00:00Z"),
            ("now", NOW),
            ("today", "2026-03-01T00:00:00Z"),
            ("yesterday", "2026-02-28T00:00:00Z"),
            ("24h", "2026-02-28T10:30:00Z"),
            ("7d", "2026-02-22T10:30:00Z"),
            ("2 weeks ago", "2026-02-15T10:30:00Z"),
        ] {
            let time = time_at(text, now()).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(expected), "{text}");
        }
        for invalid in ["", "31.1.2026", "24", "2026-02-30", "tomorrow", "1 month"] {
            assert!(parse_time(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn an_interval_is_two_times_a_day_or_how_far_back() {
        for (text, start, end) in [
            (
                "2026-01-31/2026-02-02",
                "2026-01-31T00:00:00Z",
                "2026-02-02T00:00:00Z",
            ),
            ("yesterday", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("today", "2026-03-01T00:00:00Z", NOW),
            ("24h", "2026-02-28T10:30:00Z", NOW),
            ("yesterday/now", "2026-02-28T00:00:00Z", NOW),
        ] {
            let Interval {
                start: from,
                end: to,
            } = interval_at(text, now()).unwrap();
            assert_eq!(
                (from.to_string(), to.to_string()),
                (start.into(), end.into())
            );
        }
        for invalid in [
            "",
            "/",
            "yesterday/",
            "2026-02-01/2026-01-01",
            "now/now",
            "2026-01-31/P1D",
            "24h/now",
            "2026-01-31T08:00",
            "now",
        ] {
            assert!(parse_interval(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_duration_has_a_unit_and_is_not_negative() {
        assert_eq!(parse_duration("24h"), Ok(Duration::from_secs(24 * 3600)));
        assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_secs(90 * 60)));
        assert_eq!(parse_duration("7d"), Ok(Duration::from_secs(7 * 24 * 3600)));
        for invalid in ["", "24", "-1h", "a day", "1 month"] {
            assert!(parse_duration(invalid).is_err(), "{invalid}");
        }
    }
}
