//! Options that name a dataset and how it is laid out.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{Error, LedgerLocation, LedgerOptions, Location, PartitionBy};

use crate::terminal::messages;

/// Names the ledger where `--ledger` doesn't.
const LEDGER: &str = "JOURNEY_EVENTS_LEDGER";

/// Which dataset.
///
/// Neither is parsed by clap, whose errors repeat what was given: a URL with a password in it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatasetArgs {
    /// Folder of the dataset, or `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`, with
    /// the store's usual environment variables
    #[cfg_attr(
        not(feature = "cloud"),
        doc = "(only a folder in this build: it lacks the feature `cloud`)"
    )]
    #[arg(value_name = "DATASET")]
    dataset: OsString,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Where the ledger is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LedgerArgs {
    /// Ledger of the dataset: a file on a local disk, or `postgres://HOST/DATABASE` for many machines; every
    /// command on this dataset needs it [default: `JOURNEY_EVENTS_LEDGER`, or
    /// `DATASET/_journey-events/ledger.db`]
    #[cfg_attr(
        not(feature = "postgres"),
        doc = "(only a file in this build: it lacks the feature `postgres`)"
    )]
    #[arg(long, value_name = "FILE|URL")]
    ledger: Option<OsString>,
}

/// A dataset that the arguments name.
#[derive(Debug, Clone)]
pub(crate) struct NamedDataset {
    pub(crate) location: Location,
    pub(crate) ledger: LedgerOptions,
}

impl DatasetArgs {
    /// Returns what the arguments name. What is waited for is reported.
    pub(crate) fn named(&self) -> Result<NamedDataset, Error> {
        let location = match self.dataset.to_str() {
            Some(text) => text.parse()?,
            None => Location::from(Path::new(&self.dataset)),
        };
        let mut ledger = LedgerOptions::default();
        ledger.location = self.ledger.location()?;
        ledger.on_delay = Some(Arc::new(|delay| messages::say_now(&delay.to_string())));
        Ok(NamedDataset { location, ledger })
    }
}

impl LedgerArgs {
    /// Returns where the ledger is: by the option, or else the environment.
    pub(crate) fn location(&self) -> Result<LedgerLocation, Error> {
        let given = self.ledger.clone().or_else(|| env::var_os(LEDGER));
        LedgerLocation::given(&given.unwrap_or_default())
    }
}

/// The value of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Typed columns, and each event's JSON in one more
    #[value(hide = cfg!(not(feature = "parquet")))]
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
