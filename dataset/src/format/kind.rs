//! Formats and their options. As text and in JSON, they are their names in lower case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file format.
///
/// ```
/// use journey_events_dataset::format::Format;
///
/// assert_eq!(Format::Parquet.to_string(), "parquet");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// One event per line, as the service sent it. There are no columns.
    Ndjson,
    /// A header and one record per event (RFC 4180, with `\n` line endings).
    Csv,
    /// Typed columns, and each event's JSON.
    Parquet,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        })
    }
}

/// How a file is compressed.
///
/// ```
/// use journey_events_dataset::format::{Compression, Format, Layout};
///
/// let layout = Layout::new(Format::Csv).with_compression(Compression::Gzip)?;
/// assert_eq!(layout.extension(), "csv.gz");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// Zstandard: the whole file in NDJSON and CSV, each page within Parquet.
    #[default]
    Zstd,
    /// gzip, for NDJSON and CSV.
    Gzip,
    /// Not compressed.
    None,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::None => "none",
        })
    }
}

/// What CSV does with text that a spreadsheet would run as a formula.
///
/// ```
/// use journey_events_dataset::format::{Format, Formulas, Layout};
///
/// let for_a_database = Layout::new(Format::Csv).with_formulas(Formulas::Keep);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Formulas {
    /// Prefix text that starts with `=`, `+`, `-`, `@`, a tab or a line break with an apostrophe.
    #[default]
    Disarm,
    /// Write text unchanged.
    Keep,
}
