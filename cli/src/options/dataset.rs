//! Options that name a dataset and how it is laid out.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use clap::builder::TypedValueParser;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{LedgerLocation, LedgerOptions, Location, PartitionBy};

use crate::terminal::messages;

/// Not a doc comment: URLs would be links there.
const DATASET: &str = "Folder of the dataset, or s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or \
                       az://CONTAINER/PREFIX with the store's usual environment variables (AWS_*, GOOGLE_*, \
                       AZURE_*)";

/// Which dataset.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatasetArgs {
    #[arg(value_name = "DATASET", value_parser = LocationParser, help = DATASET)]
    pub(crate) dataset: Location,

    /// File of the ledger, on a local disk if the dataset is in a bucket or on a network file system; every
    /// command on this dataset needs it [default: DATASET/_journey-events/ledger.db]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Reads where a dataset is. What isn't UTF-8 can only be a folder. An error of clap's own would repeat the
/// value, which may contain a password.
#[derive(Clone, Debug)]
struct LocationParser;

impl TypedValueParser for LocationParser {
    type Value = Location;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Location, clap::Error> {
        let Some(text) = value.to_str() else {
            return Ok(PathBuf::from(value).into());
        };
        text.parse().map_err(|error| {
            let kind = clap::error::ErrorKind::ValueValidation;
            clap::Error::raw(kind, format!("{error}\n")).with_cmd(command)
        })
    }
}

/// Returns where the ledger is. A lock that another process holds for long is reported.
pub(crate) fn ledger(args: &DatasetArgs) -> LedgerOptions {
    let mut options = LedgerOptions::default();
    if let Some(file) = &args.ledger {
        options.location = LedgerLocation::File(file.clone());
    }
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
