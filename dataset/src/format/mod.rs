//! File formats.
//!
//! ```text
//! text (NDJSON, CSV) ──┬──► columns ──► event_body
//! parquet ─────────────┘
//! text ──► line        one event as one line of JSON
//! ```

mod columns;
pub mod event_body;
pub mod line;
mod parquet;
mod text;

pub use parquet::ParquetWriter;
pub use text::{Formulas, TextFormat, TextWriter};
