//! The types of columns, and the settings of writers.

use std::io;
use std::sync::Arc;

use parquet::basic::{self, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::row_groups::io_error;
use crate::format::columns::{Column, Kind, Source};
use crate::format::kind::Compression;
use crate::format::layout::Layout;

/// Returns the schema of a file with these columns. Each may be null.
pub(super) fn schema(columns: &[&Column]) -> io::Result<TypePtr> {
    let fields: Result<Vec<_>, _> = columns.iter().map(|column| field(column)).collect();
    let root = fields.and_then(|fields| {
        let root = Type::group_type_builder("schema").with_fields(fields);
        root.build()
    });
    root.map(Arc::new).map_err(io_error)
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Boolean => (Physical::BOOLEAN, None),
        Kind::Time => {
            let utc = LogicalType::timestamp(true, TimeUnit::MICROS);
            (Physical::INT64, Some(utc))
        }
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL);
    field.build().map(Arc::new)
}

pub(super) fn properties(layout: &Layout) -> WriterProperties {
    let mut properties = WriterProperties::builder().set_compression(match layout.compression() {
        Compression::Zstd => basic::Compression::ZSTD(ZstdLevel::default()),
        // The layout refuses gzip.
        Compression::Gzip | Compression::None => basic::Compression::UNCOMPRESSED,
    });
    let columns = layout.definitions().iter();
    for column in columns.filter(|column| column.source == Source::Json) {
        // Each event is different: a dictionary or the least of them would only take up memory.
        let path = || ColumnPath::from(column.name);
        properties = properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_statistics_enabled(path(), EnabledStatistics::None);
    }
    properties.build()
}
