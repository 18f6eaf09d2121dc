//! Errors of layouts.

use super::kind::{Compression, Format};
use crate::missing_feature::missing_feature;

/// A layout that no file can have: an unknown column, or a compression that the format doesn't support.
///
/// The message names what was given and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct LayoutError(#[from] Problem);

#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("unknown column `{name}`; allowed: {allowed}")]
    UnknownColumn { name: String, allowed: String },
    #[error("column `{0}` is listed twice")]
    RepeatedColumn(&'static str),
    #[error("{0} needs at least one column")]
    NoColumns(Format),
    #[error("ndjson has no columns: every line is an event as sent")]
    ColumnsOfNdjson,
    #[error("{}", missing_feature("parquet", "parquet"))]
    MissingParquet,
    #[error("parquet can't be compressed with {0}; allowed: zstd, none")]
    ParquetCompression(Compression),
}
