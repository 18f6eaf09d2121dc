//! Which events are kept, by their date.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use journey_events::Event;

/// A span of time; both ends may be open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Selection {
    /// Whether the event is in the span: at its start or later, and before its end. An event without a
    /// date is kept.
    pub(crate) fn keeps(&self, event: &Event) -> bool {
        let Some(at) = event.created_at() else {
            return true;
        };
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Reads an instant: a day (its start in UTC), or a date and time, UTC where it names no offset.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let utc = |local: civil::DateTime| TimeZone::UTC.to_timestamp(local).ok();
    let read = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| utc(text.parse().ok()?))
        .or_else(|| utc(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)));
    read.ok_or_else(|| {
        "allowed is a day such as 2026-01-31, or a time such as 2026-01-31T08:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_left_out_and_a_start_is_not() {
        let event = |date: &str| {
            Event::from_json(&format!(r#"{{"eventType":"t","createdDate":"{date}"}}"#)).unwrap()
        };
        let day = Selection {
            since: Some(instant("2026-01-31").unwrap()),
            until: Some(instant("2026-02-01T00:00:00").unwrap()),
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
        assert!(instant("31.1.2026").is_err());
    }
}
