//! File formats: NDJSON, CSV and Parquet, and their columns.
//!
//! ```text
//! writer ──┬──► parquet/ ────────────┬──► cell ──► object, row, event_body
//!          └──► text ──┬──► csv ─────┘     (values of a row, each decoded alone)
//!                      ├──► line           (an event as one line of JSON)
//!                      └──► compress
//! copy ──► parquet/, cell, compress        (a file's rows into another, but for some)
//! parquet/json_column, decompressed        (events of a file, read again)
//! layout ──► columns, kind, error          (what a file looks like; used by all of the above)
//! ```
//!
//! [`Layout`] describes a file, [`FileWriter`] writes it:
//!
//! ```
//! use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
//!
//! let layout = Layout::new(Format::Csv)
//!     .with_compression(Compression::None)?
//!     .with_columns(["event_id", "session_id"])?;
//! let mut writer = FileWriter::new(Vec::new(), &layout)?;
//! writer.write(&Row {
//!     session: "s-1",
//!     synced_at: None,
//!     json: r#"{"id":"e-1","eventType":"com.genesys.journey.WebEvent"}"#,
//! })?;
//! assert_eq!(writer.finish()?, b"event_id,session_id\ne-1,s-1\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cell;
mod columns;
mod compress;
#[cfg(feature = "sync")]
mod copy;
mod csv;
mod decompressed;
mod error;
pub mod event_body;
mod kind;
mod layout;
pub mod line;
mod object;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "no_parquet.rs"]
mod parquet;
mod row;
mod text;
mod writer;

pub use self::cell::Cell;
pub use self::columns::Kind as ColumnKind;
#[cfg(feature = "sync")]
pub(crate) use self::copy::{RowKey, Source, copy_rows};
pub use self::csv::Csv;
pub use self::decompressed::decompressed;
pub use self::error::LayoutError;
pub use self::kind::{Compression, Format, Formulas};
pub use self::layout::Layout;
pub use self::parquet::JsonColumn;
pub use self::row::Row;
pub use self::writer::FileWriter;
