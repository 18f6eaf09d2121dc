//! Which formats there are.

use clap::ValueEnum;

/// A format of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The events as the service sent them, one a line
    Ndjson,
    /// The same as one JSON array
    Json,
    /// Flat columns, with a header
    Csv,
    /// Typed columns, and each event's JSON as one more; needs --output
    Parquet,
}

impl Format {
    /// What the names of its files end with.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}
