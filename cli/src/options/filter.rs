//! Which events are kept: `--since`, `--until` and `--event-type`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use jiff::Timestamp;
use journey_events::Event;

use super::time::parse_time;

/// A time range.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct TimeRange {
    /// Only events at or after this time: 2026-01-31, 2026-01-31T08:00:00Z, yesterday, 24h (ago); UTC
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub(crate) since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub(crate) until: Option<Timestamp>,
}

impl TimeRange {
    /// Rejects a range that contains nothing.
    pub(crate) fn validate(self) -> Result<(), String> {
        match (self.since, self.until) {
            (Some(since), Some(until)) if until <= since => Err(format!(
                "no event is both at or after --since {since} and before --until {until}\n  next: give a \
                 later --until, or an earlier --since"
            )),
            _ => Ok(()),
        }
    }

    /// Whether the event is in the range. Events without a date always are.
    pub(crate) fn contains(self, event: &Event) -> bool {
        let Some(at) = event.created_at() else {
            return true;
        };
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// The event types that are kept: all if there are none.
#[derive(Debug, Default)]
pub(crate) struct TypeFilter(Vec<Wanted>);

#[derive(Debug)]
struct Wanted {
    name: String,
    has_matched: AtomicBool,
}

impl TypeFilter {
    pub(crate) fn new(names: &[String]) -> Self {
        let wanted = |name: &String| Wanted {
            name: name.clone(),
            has_matched: AtomicBool::new(false),
        };
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        Self(names.iter().map(wanted).collect())
    }

    /// Whether the event has one of the types. The first published form of the service returns all.
    pub(crate) fn keeps(&self, event: &Event) -> bool {
        let wanted = self
            .0
            .iter()
            .find(|wanted| wanted.name == event.event_type());
        match wanted {
            Some(wanted) => {
                wanted.has_matched.store(true, Relaxed);
                true
            }
            None => self.0.is_empty(),
        }
    }

    /// Returns the types that no event had so far.
    pub(crate) fn unmatched(&self) -> Vec<&str> {
        let unmatched = self
            .0
            .iter()
            .filter(|wanted| !wanted.has_matched.load(Relaxed));
        unmatched.map(|wanted| wanted.name.as_str()).collect()
    }
}

/// The service's namespace of event types.
const NAMESPACE: &str = "com.genesys.journey.";
/// Types of either published form, without their namespace.
const KNOWN: [&str; 7] = [
    "WebEvent",
    "WebActionEvent",
    "AppEvent",
    "OutcomeAchievedEvent",
    "SegmentAssignmentEvent",
    "SegmentAssignedEvent",
    "GenericActionEvent",
];

/// Parses an event type: a full name as the service has it, or the part after `com.genesys.journey.`.
pub(crate) fn parse_type(text: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if text.is_empty() || !text.split('.').all(is_name) {
        return Err(format!(
            "expected a type such as WebEvent or {NAMESPACE}WebEvent"
        ));
    }
    let short = text.strip_prefix(NAMESPACE).unwrap_or(text);
    if short.contains('.') {
        return Ok(text.to_owned());
    }
    let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(short));
    Ok(format!("{NAMESPACE}{}", known.unwrap_or(&short)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, date: &str) -> Event {
        Event::from_json(&format!(
            r#"{{"eventType":{kind:?},"createdDate":{date:?}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn since_is_inclusive_and_until_exclusive() {
        let day = TimeRange {
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
            assert_eq!(day.contains(&event("t", date)), is_kept, "{date}");
        }
        day.validate().unwrap();
        let empty = TimeRange {
            until: day.since,
            ..day
        };
        assert!(empty.validate().unwrap_err().contains("--until 2026-01-31"));
    }

    #[test]
    fn a_type_is_a_full_name_or_its_last_part() {
        for (text, expected) in [
            ("WebEvent", "com.genesys.journey.WebEvent"),
            ("webactionevent", "com.genesys.journey.WebActionEvent"),
            ("NewEvent", "com.genesys.journey.NewEvent"),
            (
                "com.genesys.journey.webevent",
                "com.genesys.journey.WebEvent",
            ),
            ("com.genesys.other.Event", "com.genesys.other.Event"),
        ] {
            assert_eq!(parse_type(text).as_deref(), Ok(expected));
        }
        for invalid in ["", " ", "Web Event", "a..b", ".a", "a,b", "é"] {
            assert!(parse_type(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn types_that_no_event_had_are_known() {
        let filter = TypeFilter::new(&["a", "b", "a"].map(ToOwned::to_owned));
        assert!(filter.keeps(&event("a", "")) && !filter.keeps(&event("c", "")));
        assert_eq!(filter.unmatched(), ["b"]);
        let all = TypeFilter::default();
        assert!(all.keeps(&event("c", "")) && all.unmatched().is_empty());
    }
}
