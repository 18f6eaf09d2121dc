//! Parquet, with typed columns.
//!
//! ```text
//! file ──► batch ──► decoded ──► job, thread ──► chunk     (rows that wait, their cells, a thread that encodes them)
//! file, copy ──► row_groups ──► chunk ──► pages, texts     (a column of a row group, as pages in memory)
//!      └───────► schema                                    (types of columns, settings of writers)
//! copy, json_column ──► rows                               (rows of a column, read again)
//! ```
//!
//! The pages of a row group stay in memory until it is complete, since a file has them a column at a time.

mod batch;
mod chunk;
#[cfg(feature = "sync")]
mod copy;
mod decoded;
mod file;
mod job;
mod json_column;
mod pages;
mod row_groups;
mod rows;
mod schema;
mod texts;
mod thread;

#[cfg(feature = "sync")]
pub(super) use self::copy::copy;
pub(super) use self::file::ParquetFile;
pub use self::json_column::JsonColumn;
