//! Parquet, with typed columns.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use journey_events::Event;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::columns::{COLUMNS, Cell, Kind, cells};

/// Events converted to columns at once.
const BATCH: usize = 1_000;
/// Rows per row group. One group is held in memory: 20,000 events of 2 KB are 40 MB uncompressed.
const ROW_GROUP: usize = 20_000;
/// The column after the typed ones: the event's JSON.
const JSON: &str = "json";

/// Writes events to a Parquet file.
#[derive(Debug)]
pub struct ParquetWriter {
    writer: ArrowWriter<File>,
    schema: Arc<Schema>,
    rows: Vec<Vec<Cell>>,
}

impl ParquetWriter {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// If the file can't be written.
    pub fn new(file: File) -> io::Result<Self> {
        let fields = COLUMNS
            .iter()
            .map(|column| (column.name, data_type(column.kind)));
        let fields = fields.chain([(JSON, DataType::Utf8)]);
        let fields: Vec<_> = fields
            .map(|(name, kind)| Field::new(name, kind, true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        Ok(Self {
            writer: ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?,
            schema,
            rows: Vec::with_capacity(BATCH),
        })
    }

    /// Writes an event, perhaps later.
    ///
    /// # Errors
    ///
    /// If the file can't be written.
    pub fn push(&mut self, event: &Event) -> io::Result<()> {
        let mut row = cells(event);
        row.push(Cell::Text(event.json().to_owned()));
        self.rows.push(row);
        if self.rows.len() == BATCH {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Writes the footer, without which the file can't be read.
    ///
    /// # Errors
    ///
    /// If the file can't be written.
    pub fn end(mut self) -> io::Result<File> {
        self.write_batch()?;
        Ok(self.writer.into_inner()?)
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let kinds = COLUMNS.iter().map(|column| column.kind).chain([Kind::Text]);
        let columns = kinds
            .enumerate()
            .map(|(index, kind)| self.column(index, kind));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect());
        let batch = batch.map_err(io::Error::other)?;
        self.writer.write(&batch)?;
        self.rows.clear();
        Ok(())
    }

    fn column(&self, index: usize, kind: Kind) -> ArrayRef {
        let cells = self
            .rows
            .iter()
            .map(|row| row.get(index).unwrap_or(&Cell::Null));
        macro_rules! array {
            ($array:ty, $pattern:pat => $value:expr) => {
                cells
                    .map(|cell| match cell {
                        $pattern => Some($value),
                        _ => None,
                    })
                    .collect::<$array>()
            };
        }
        match kind {
            Kind::Text => Arc::new(array!(StringArray, Cell::Text(text) => text.as_str())),
            Kind::Integer => Arc::new(array!(Int64Array, Cell::Integer(number) => *number)),
            Kind::Number => Arc::new(array!(Float64Array, Cell::Number(number) => *number)),
            Kind::Boolean => Arc::new(array!(BooleanArray, Cell::Boolean(value) => *value)),
            Kind::Time => {
                let times =
                    array!(TimestampMicrosecondArray, Cell::Time(at) => at.as_microsecond());
                Arc::new(times.with_timezone("UTC"))
            }
        }
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Boolean => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}
