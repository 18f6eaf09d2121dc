//! Output formats.
//!
//! ```text
//! text (NDJSON, JSON, CSV) ──┬──► columns ──► event_body
//! parquet ───────────────────┘
//! text ──► line              one event as one line of JSON
//! kind                       the value of `--format`
//! ```

mod columns;
pub(crate) mod event_body;
mod kind;
pub(crate) mod line;
mod parquet;
mod text;

pub(crate) use kind::{Format, Formulas};
pub(crate) use parquet::ParquetWriter;
pub(crate) use text::TextWriter;
