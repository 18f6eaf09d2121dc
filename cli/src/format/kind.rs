//! The values of `--format` and `--escape-formulas`.

use clap::ValueEnum;
use journey_events_dataset::format::{self, Formulas, Layout};

use crate::features;

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
    #[value(hide = cfg!(not(feature = "parquet")))]
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

    /// Returns the format that a file's extension names, in lower case.
    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "ndjson" | "jsonl" => Self::Ndjson,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// Returns the format of files; none for one array.
    pub(super) fn of_files(self) -> Option<format::Format> {
        match self {
            Self::Ndjson => Some(format::Format::Ndjson),
            Self::Json => None,
            Self::Csv => Some(format::Format::Csv),
            Self::Parquet => Some(format::Format::Parquet),
        }
    }

    /// Refuses a format that this build lacks, with what to do.
    pub(crate) fn check(self) -> Result<(), String> {
        let checked = self.of_files().map(|format| Layout::new(format).check());
        let checked = checked.unwrap_or(Ok(()));
        checked.map_err(|error| features::with_advice(&error))
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
