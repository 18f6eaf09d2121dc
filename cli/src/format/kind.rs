//! The values of `--format` and `--escape-formulas`.

use clap::ValueEnum;
use journey_events_dataset::format::Formulas;

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
    /// Returns the name, as in `--format`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The value of `--escape-formulas`: what CSV does with text that a spreadsheet would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EscapeFormulas {
    /// Prefix text that starts with = + - @, a tab or a line break with an apostrophe
    Yes,
    /// Write text unchanged
    No,
}

impl From<EscapeFormulas> for Formulas {
    fn from(escape: EscapeFormulas) -> Self {
        match escape {
            EscapeFormulas::Yes => Self::Disarm,
            EscapeFormulas::No => Self::Keep,
        }
    }
}
