//! Time filter: `--since` and `--until`.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use journey_events::Event;

/// A time range, open where it has no bound.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// Inclusive.
    pub(crate) since: Option<Timestamp>,
    /// Exclusive.
    pub(crate) until: Option<Timestamp>,
}

impl Filter {
    /// Whether the event is in the range. Events without a date always are.
    pub(crate) fn keeps(&self, event: &Event) -> bool {
        let Some(at) = event.created_at() else {
            return true;
        };
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Parses a day (its start in UTC) or a date and time (in UTC unless it has an offset).
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    let utc = |local: civil::DateTime| TimeZone::UTC.to_timestamp(local).ok();
    let time = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| utc(text.parse().ok()?))
        .or_else(|| utc(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)));
    time.ok_or_else(|| {
        "expected a day such as 2026-01-31 or a time such as 2026-01-31T08:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_inclusive_and_until_exclusive() {
        let event = |date: &str| {
            Event::from_json(&format!(r#"{{"eventType":"t","createdDate":"{date}"}}"#)).unwrap()
        };
        let day = Filter {
            since: Some(parse_time("2026-01-31").unwrap()),
            until: Some(parse_time("2026-02-01T00:00:00").unwrap()),
        };
        for (date, is_kept) in [
            ("2026-01-30T23:59:59.999Z", false),
            ("2026-01-31T00:00:00Z", true),
            ("2026-01-31T23:59:59.999Z", true),
            ("2026-02-01T00:00:00Z", false),
            ("no date", true),
        ] {
            assert_eq!(day.keeps(&event(date)), is_kept, "{date}");
        }
        assert!(parse_time("31.1.2026").is_err());
    }
}
