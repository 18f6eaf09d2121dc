//! How events are written.

mod columns;
pub(crate) mod event_body;
mod kind;
pub(crate) mod line;
mod parquet;
mod text;

pub(crate) use kind::Format;
pub(crate) use parquet::ParquetWriter;
pub(crate) use text::{Formulas, TextWriter};
