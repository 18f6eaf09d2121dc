//! When a session needs no more requests.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long after its last news the first sight of an event of a session counts.
///
/// Otherwise a backfill of years would read every session twice.
const YOUNG: SignedDuration = SignedDuration::from_secs(7 * 24 * 3600);
/// How many runs must miss a session before it is absent, and over how long.
const ABSENT_RUNS: u32 = 3;
const ABSENT_SPAN: SignedDuration = SignedDuration::from_secs(24 * 3600);

/// What a session's age is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Date of the last event.
    pub(crate) last_event: Option<Timestamp>,
    /// When the session ended.
    pub(crate) ended: Option<Timestamp>,
    /// When an event of it was last seen for the first time, by the service's date.
    pub(crate) first_sight: Option<Timestamp>,
}

impl News {
    /// Returns the date that a settling read has to begin a while after. `None` if nothing is known.
    fn latest(self) -> Option<Timestamp> {
        let dated = self.last_event.max(self.ended);
        let counts =
            |seen: &Timestamp| dated.is_none_or(|dated| seen.duration_since(dated) < YOUNG);
        dated.max(self.first_sight.filter(counts))
    }

    /// Returns whether a read from the beginning that began at `began` shows that no more events arrive,
    /// if it found none that moved these dates.
    pub(crate) fn settles(self, began: Timestamp, settle: Duration) -> bool {
        let settle = SignedDuration::try_from(settle).unwrap_or(SignedDuration::MAX);
        self.latest()
            .is_some_and(|latest| began.duration_since(latest) >= settle)
    }
}

/// Returns whether a session that `runs` runs missed, the first at `since`, is absent.
pub(crate) fn is_absent(runs: u32, since: Timestamp, at: Timestamp) -> bool {
    runs >= ABSENT_RUNS && at.duration_since(since) >= ABSENT_SPAN
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn hours(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs((100_000 + hours) * 3600)
    }

    #[test]
    fn a_read_settles_a_day_after_the_latest_of_event_end_and_first_sight() {
        for latest in 0..3 {
            let mut dates = [hours(-5), hours(-5), hours(-5)];
            dates[latest] = hours(0);
            let [last_event, ended, first_sight] = dates.map(Some);
            let news = News {
                last_event,
                ended,
                first_sight,
            };
            assert!(!news.settles(hours(23), DAY), "{latest}");
            assert!(news.settles(hours(24), DAY), "{latest}");
        }
    }

    #[test]
    fn the_first_sight_of_an_old_session_does_not_count() {
        let seen = |age: i64| News {
            last_event: Some(hours(-age)),
            ended: None,
            first_sight: Some(hours(0)),
        };
        assert!(
            seen(7 * 24).settles(hours(0), DAY),
            "a backfill settles at once"
        );
        assert!(!seen(7 * 24 - 1).settles(hours(0), DAY));
    }

    #[test]
    fn a_session_without_any_event_is_measured_by_its_first_sight() {
        let first_sight = Some(hours(0));
        assert!(!News::default().settles(hours(1_000), DAY), "never seen");
        assert!(
            !News {
                first_sight,
                ..News::default()
            }
            .settles(hours(23), DAY)
        );
        assert!(
            News {
                first_sight,
                ..News::default()
            }
            .settles(hours(24), DAY)
        );
    }

    #[test]
    fn a_session_is_absent_after_three_runs_over_a_day() {
        assert!(!is_absent(2, hours(0), hours(100)));
        assert!(!is_absent(3, hours(0), hours(23)));
        assert!(is_absent(3, hours(0), hours(24)));
    }
}
