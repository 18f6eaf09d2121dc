//! Which folder an event's row is in.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How a dataset's files are divided into folders.
///
/// ```
/// use journey_events_dataset::{PartitionBy, Settings, format::Format};
///
/// let mut settings = Settings::new(Format::Parquet, "eu-central-1");
/// settings.partition = PartitionBy::None; // short sessions, and no filter by day
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PartitionBy {
    /// `date=YYYY-MM-DD`, the day of the event in UTC. `date=__HIVE_DEFAULT_PARTITION__` for an event
    /// without a date, or with one before 2015 or more than two days ahead.
    #[default]
    Date,
    /// No folders.
    None,
}

/// Hive's name for rows without a value.
const UNKNOWN: &str = "date=__HIVE_DEFAULT_PARTITION__";
/// Genesys Cloud had no journey events before.
const FIRST_YEAR: i16 = 2015;
/// How far a device's clock may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(48 * 3600);

impl PartitionBy {
    /// Returns the folder of an event of this date, empty for none. `now` is the service's date.
    pub(super) fn folder(self, created: Option<Timestamp>, now: Timestamp) -> String {
        match self {
            Self::None => String::new(),
            Self::Date => match created.filter(|&date| date.duration_since(now) <= AHEAD) {
                Some(date) => day(date),
                None => UNKNOWN.to_owned(),
            },
        }
    }
}

fn day(date: Timestamp) -> String {
    let day: Date = TimeZone::UTC.to_datetime(date).date();
    if day.year() < FIRST_YEAR {
        UNKNOWN.to_owned()
    } else {
        format!("date={day}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_in_the_folder_of_its_day_in_utc_if_its_date_can_be_true() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let folder = |date: &str| PartitionBy::Date.folder(date.parse().ok(), now);
        for (date, expected) in [
            ("2026-11-24T23:59:59.999Z", "date=2026-11-24"),
            ("2026-11-25T00:00:00+02:00", "date=2026-11-24"),
            ("2015-01-01T00:00:00Z", "date=2015-01-01"),
            ("2014-12-31T23:59:59Z", UNKNOWN),
            ("2026-11-27T12:00:00Z", "date=2026-11-27"),
            ("2026-11-27T12:00:01Z", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(folder(date), expected, "{date}");
        }
        assert_eq!(PartitionBy::None.folder(None, now), "");
    }
}
