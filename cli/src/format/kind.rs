//! The formats.

use clap::ValueEnum;

/// The value of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One event per line, exactly as the service sent it
    Ndjson,
    /// The same events as one JSON array
    Json,
    /// Flat columns with a header row
    Csv,
    /// Typed columns, and each event's JSON in one more; requires --output
    Parquet,
}

impl Format {
    /// Returns the extension of files in this format.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The value of `--formulas`: what CSV does with text that a spreadsheet would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Formulas {
    /// Prefix text that starts with = + - @, a tab or a line break with an apostrophe
    Disarm,
    /// Write text unchanged
    Keep,
}

impl From<Formulas> for journey_events_dataset::format::Formulas {
    fn from(formulas: Formulas) -> Self {
        match formulas {
            Formulas::Disarm => Self::Disarm,
            Formulas::Keep => Self::Keep,
        }
    }
}
