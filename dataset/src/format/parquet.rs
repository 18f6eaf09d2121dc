//! Parquet, with typed columns.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{self, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::arrays::ArrayBuilder;
use super::cell::Cells;
use super::columns::{Column, Kind, Source};
use super::kind::Compression;
use super::layout::Layout;
use super::row::Row;

/// Rows converted to columns at once, and bytes of their JSON.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 1024 * 1024;
/// Encoded and compressed bytes held before they are written as a row group.
pub(super) const ROW_GROUP_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct ParquetFile<W: Write + Send> {
    writer: ArrowWriter<Sink<W>>,
    schema: Arc<Schema>,
    columns: Vec<(&'static Column, ArrayBuilder)>,
    rows: usize,
    bytes: usize,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(super) fn new(sink: W, layout: &Layout) -> io::Result<Self> {
        let columns = layout.definitions();
        let field = |column: &&Column| Field::new(column.name, data_type(column.kind), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let properties = properties(layout);
        let writer = ArrowWriter::try_new(Sink(Some(sink)), Arc::clone(&schema), Some(properties));
        Ok(Self {
            writer: writer.map_err(io_error)?,
            schema,
            columns: columns
                .iter()
                .map(|column| (*column, ArrayBuilder::new(column.kind)))
                .collect(),
            rows: 0,
            bytes: 0,
        })
    }

    pub(super) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        let mut cells = Cells::of(row);
        for (column, array) in &mut self.columns {
            array.push(cells.cell(column));
        }
        self.rows += 1;
        self.bytes += row.json.len();
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Writes the footer, without which the file can't be read.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write_batch()?;
        self.writer.finish().map_err(io_error)?;
        let sink = self.writer.inner_mut().0.take();
        sink.ok_or_else(|| io::Error::other("the file is finished"))
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let columns = self.columns.iter_mut().map(|(_, array)| array.finish());
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect());
        let batch = batch.map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(io_error)?;
        (self.rows, self.bytes) = (0, 0);
        if self.writer.memory_size() >= ROW_GROUP_BYTES {
            self.writer.flush().map_err(io_error)?;
        }
        Ok(())
    }
}

/// A sink that can be taken out of a finished writer. `ArrowWriter::into_inner` would hide the kind of an
/// error of the last write.
#[derive(Debug)]
struct Sink<W>(Option<W>);

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |sink| sink.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Write::flush)
    }
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

/// Returns the sink's own error, if that was it: callers look at its kind, such as a full disk.
pub(super) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        other => other.into(),
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
