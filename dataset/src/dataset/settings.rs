//! What is fixed when a dataset is created.

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::partition::PartitionBy;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Compression, Format, Layout};

/// What is fixed when a dataset is created. Kept in its `dataset.json`.
///
/// ```
/// use journey_events_dataset::{Settings, format::Format};
///
/// let mut settings = Settings::new(Format::Parquet, "eu-central-1");
/// settings.settle_seconds = 3 * 24 * 60 * 60; // apps may be offline for a weekend
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settings {
    /// Format of the data files.
    pub format: Format,
    /// Their compression.
    pub compression: Compression,
    /// How they are divided into folders.
    pub partition: PartitionBy,
    /// How long after a session's last news a read from its beginning settles it, in seconds.
    pub settle_seconds: u64,
    /// Their columns, in order; none for NDJSON.
    pub columns: Vec<String>,
    /// Region or base URL of the service the events are from, so that another one's aren't mixed in.
    pub region: String,
}

impl Settings {
    /// Returns the default settings: zstd, partitions by date, 24 h, all columns.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, Format};
    /// use journey_events_dataset::{PartitionBy, Settings};
    ///
    /// let mut settings = Settings::new(Format::Ndjson, "eu-central-1");
    /// settings.compression = Compression::Gzip;
    /// settings.partition = PartitionBy::None;
    /// ```
    #[must_use]
    pub fn new(format: Format, region: impl Into<String>) -> Self {
        Self {
            format,
            compression: Compression::default(),
            partition: PartitionBy::default(),
            settle_seconds: 24 * 60 * 60,
            columns: Layout::new(format).columns().map(str::to_owned).collect(),
            region: region.into(),
        }
    }

    /// Returns how long after a session's last news a read from its beginning settles it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events_dataset::{Settings, format::Format};
    ///
    /// let settings = Settings::new(Format::Parquet, "eu-central-1");
    /// assert_eq!(settings.settle(), Duration::from_secs(24 * 60 * 60));
    /// ```
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::from_secs(self.settle_seconds)
    }

    /// What the files look like.
    pub(super) fn layout(&self) -> Result<Layout> {
        let layout = Layout::new(self.format)
            .with_compression(self.compression)
            .and_then(|layout| layout.with_columns(&self.columns));
        let layout = layout.map_err(|error| {
            let message = "a dataset can't have these settings";
            Error::new(ErrorKind::Settings, message).with_source(error)
        })?;
        layout
            .check()
            .map_err(|error| Error::new(ErrorKind::MissingFeature, error.to_string()))?;
        // Without it, no one could find the rows of a session that is to be forgotten.
        if self.format != Format::Ndjson && !self.columns.iter().any(|name| name == "session_id") {
            let message = "a dataset needs the column `session_id`";
            return Err(Error::new(ErrorKind::Settings, message));
        }
        Ok(layout)
    }

    /// Appends the columns that this version of the crate has and the dataset lacks. Returns them.
    pub(super) fn add_new_columns(&mut self) -> Vec<String> {
        let all = Layout::new(self.format);
        let new: Vec<_> = all
            .columns()
            .filter(|name| !self.columns.iter().any(|known| known == name))
            .map(str::to_owned)
            .collect();
        self.columns.extend(new.iter().cloned());
        new
    }

    /// Refuses given settings that contradict these.
    pub(super) fn check(&self, given: &Given) -> Result<()> {
        let seconds = given.settle.map(|settle| settle.as_secs());
        contradicts(
            "format",
            &text(&self.format),
            given.format.as_ref().map(text),
        )?;
        contradicts(
            "compression",
            &text(&self.compression),
            given.compression.as_ref().map(text),
        )?;
        contradicts(
            "partition",
            &text(&self.partition),
            given.partition.as_ref().map(text),
        )?;
        contradicts("settle time in seconds", &self.settle_seconds, seconds)?;
        contradicts(
            "columns",
            &self.columns.join(","),
            given.columns.as_ref().map(|c| c.join(",")),
        )?;
        contradicts("region", &self.region, given.region.clone())
    }
}

/// Settings given for a dataset that exists. `None` is what the dataset has.
///
/// ```
/// use journey_events_dataset::{Given, format::Format};
///
/// let given = Given { format: Some(Format::Csv), ..Given::default() };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Format of the data files.
    pub format: Option<Format>,
    /// Their compression.
    pub compression: Option<Compression>,
    /// How they are divided into folders.
    pub partition: Option<PartitionBy>,
    /// How long after a session's last news a read from its beginning settles it.
    pub settle: Option<Duration>,
    /// Columns of the files, in order.
    pub columns: Option<Vec<String>>,
    /// Region or base URL of the service.
    pub region: Option<String>,
}

/// A setting's name as in `dataset.json`.
fn text(setting: &impl Serialize) -> String {
    let text = serde_json::to_value(setting).ok();
    text.and_then(|text| text.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn contradicts<T: Display + PartialEq>(name: &str, has: &T, given: Option<T>) -> Result<()> {
    match given {
        Some(given) if given != *has => {
            let next = match name {
                "region" => "set the dataset's region or base URL",
                _ => "leave the option out",
            };
            let message = format!(
                "the dataset's {name} is `{has}`, not `{given}`; next: {next}, or create another dataset"
            );
            Err(Error::new(ErrorKind::Settings, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_contradicts_is_refused_naming_both() {
        let settings = Settings::new(Format::Ndjson, "mypurecloud.ie");
        settings.check(&Given::default()).unwrap();
        settings
            .check(&Given {
                format: Some(Format::Ndjson),
                ..Given::default()
            })
            .unwrap();
        for (given, both) in [
            (
                Given {
                    format: Some(Format::Csv),
                    ..Given::default()
                },
                ["`ndjson`", "`csv`"],
            ),
            (
                Given {
                    compression: Some(Compression::None),
                    ..Given::default()
                },
                ["`zstd`", "`none`"],
            ),
            (
                Given {
                    partition: Some(PartitionBy::None),
                    ..Given::default()
                },
                ["`date`", "`none`"],
            ),
            (
                Given {
                    settle: Some(Duration::from_secs(60)),
                    ..Given::default()
                },
                ["`86400`", "`60`"],
            ),
            (
                Given {
                    region: Some("usw2".into()),
                    ..Given::default()
                },
                ["`mypurecloud.ie`", "`usw2`"],
            ),
            (
                Given {
                    columns: Some(vec!["a".into()]),
                    ..Given::default()
                },
                ["``", "`a`"],
            ),
        ] {
            let error = settings.check(&given).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings);
            assert!(
                both.iter().all(|value| error.to_string().contains(value)),
                "{error}"
            );
        }
    }
}
