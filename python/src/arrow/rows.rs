//! Rows of cells, to a record batch.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use journey_events_dataset::format::{Cell, ColumnKind, Layout, Row};

/// The time zone of times.
const UTC: &str = "UTC";

/// Returns the schema of batches with these columns. Each may be null.
pub(super) fn schema(layout: &Layout) -> SchemaRef {
    let field = |(name, kind): (&str, ColumnKind)| Field::new(name, data_type(kind), true);
    let columns = layout.columns().zip(layout.kinds());
    Arc::new(Schema::new(columns.map(field).collect::<Vec<_>>()))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Integer => DataType::Int64,
        ColumnKind::Number => DataType::Float64,
        ColumnKind::Boolean => DataType::Boolean,
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        // Text, and what a later version adds, which has a text in every format.
        _ => DataType::Utf8,
    }
}

/// A batch that grows.
#[derive(Debug)]
pub(super) struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    count: usize,
    bytes: usize,
}

#[derive(Debug)]
enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Rows {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            schema: schema(layout),
            columns: layout.kinds().map(Column::new).collect(),
            count: 0,
            bytes: 0,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes of texts.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, row: &Row<'_>, layout: &Layout) {
        for (column, cell) in self.columns.iter_mut().zip(row.cells(layout)) {
            self.bytes += column.push(&cell);
        }
        self.count += 1;
    }

    /// Returns the batch and begins another one.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let (rows, _) = (mem::take(&mut self.count), mem::take(&mut self.bytes));
        let arrays = self.columns.iter_mut().map(Column::finish).collect();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
    }
}

impl Column {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Integer => Self::Integer(Int64Builder::new()),
            ColumnKind::Number => Self::Number(Float64Builder::new()),
            ColumnKind::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone(UTC)),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a value and returns how long its text is. A value of another type counts as none.
    fn push(&mut self, cell: &Cell<'_>) -> usize {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => {
                column.append_value(text);
                return text.len();
            }
            (Self::Text(column), _) => column.append_null(),
            (Self::Integer(column), Cell::Integer(value)) => column.append_value(*value),
            (Self::Integer(column), _) => column.append_null(),
            (Self::Number(column), Cell::Number(value)) => column.append_value(*value),
            (Self::Number(column), _) => column.append_null(),
            (Self::Boolean(column), Cell::Boolean(value)) => column.append_value(*value),
            (Self::Boolean(column), _) => column.append_null(),
            (Self::Time(column), Cell::Time(at)) => column.append_value(at.as_microsecond()),
            (Self::Time(column), _) => column.append_null(),
        }
        0
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Number(column) => Arc::new(column.finish()),
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
        }
    }
}
