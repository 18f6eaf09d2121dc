//! Options that name a dataset and how it is laid out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use jiff::SignedDuration;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{LedgerOptions, PartitionBy};

use crate::terminal::messages;

/// Which dataset.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatasetArgs {
    /// Folder of the dataset
    #[arg(value_name = "DATASET")]
    pub(crate) dataset: PathBuf,

    /// File of the ledger, on a local disk if the dataset is on a network file system; every command on
    /// this dataset needs it [default: DATASET/_journey-events/ledger.db]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Returns where the ledger is. A lock that another process holds for long is reported.
pub(crate) fn ledger(args: &DatasetArgs) -> LedgerOptions {
    let mut options = LedgerOptions::default();
    options.file.clone_from(&args.ledger);
    options.on_long_lock = Some(Arc::new(|lock| messages::say_now(&lock.to_string())));
    options
}

/// The value of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Typed columns, and each event's JSON in one more
    Parquet,
    /// One event per line, exactly as the service sent it
    Ndjson,
    /// Flat columns with a header row
    Csv,
}

/// The value of `--compress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompressionArg {
    /// Zstandard, for all formats; in Parquet inside the file
    Zstd,
    /// gzip, for NDJSON and CSV
    Gzip,
    /// No compression
    None,
}

/// The value of `--partition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartitionArg {
    /// One folder per day of the event's own date, in UTC: date=2026-01-31
    Date,
    /// All files in one folder
    None,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Ndjson => Self::Ndjson,
            FormatArg::Csv => Self::Csv,
        }
    }
}

impl From<CompressionArg> for Compression {
    fn from(compression: CompressionArg) -> Self {
        match compression {
            CompressionArg::Zstd => Self::Zstd,
            CompressionArg::Gzip => Self::Gzip,
            CompressionArg::None => Self::None,
        }
    }
}

impl From<PartitionArg> for PartitionBy {
    fn from(partition: PartitionArg) -> Self {
        match partition {
            PartitionArg::Date => Self::Date,
            PartitionArg::None => Self::None,
        }
    }
}

/// Parses a time such as `24h` or `1h 30m`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed: Option<SignedDuration> = text.parse().ok();
    let time = parsed.and_then(|time| Duration::try_from(time).ok());
    time.ok_or_else(|| "expected a time such as 24h, 90m or 1h 30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_is_not_negative() {
        assert_eq!(parse_duration("24h"), Ok(Duration::from_hours(24)));
        assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_mins(90)));
        for invalid in ["", "24", "-1h", "a day"] {
            assert!(parse_duration(invalid).is_err(), "{invalid}");
        }
    }
}
