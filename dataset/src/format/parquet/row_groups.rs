//! Row groups of bounded size.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use super::chunk::Chunk;

/// Encoded and compressed bytes held before they are written as a row group.
const ROW_GROUP_BYTES: usize = 8 * 1024 * 1024;

/// Writes a file, a row group at a time.
#[derive(Debug)]
pub(super) struct RowGroups<W: Write + Send> {
    file: SerializedFileWriter<Sink<W>>,
    /// The columns of the row group that was begun, or none.
    chunks: Vec<Chunk>,
}

impl<W: Write + Send> RowGroups<W> {
    pub(super) fn new(sink: W, schema: TypePtr, properties: WriterProperties) -> io::Result<Self> {
        let file = SerializedFileWriter::new(Sink(Some(sink)), schema, Arc::new(properties));
        Ok(Self {
            file: file.map_err(io_error)?,
            chunks: Vec::new(),
        })
    }

    /// Returns the columns, to append rows to and encode them.
    pub(super) fn chunks(&mut self) -> io::Result<&mut [Chunk]> {
        if self.chunks.is_empty() {
            self.chunks = self.begin().map_err(io_error)?;
        }
        Ok(&mut self.chunks)
    }

    /// Encodes what was appended, and writes the row group if it is large enough.
    pub(super) fn encode(&mut self) -> io::Result<()> {
        let mut chunks = self.chunks.iter_mut();
        chunks.try_for_each(Chunk::encode).map_err(io_error)?;
        self.end_if_full()
    }

    /// Takes the columns, to append rows to and encode them elsewhere. Until they are put back, the file lacks these rows.
    pub(super) fn take_chunks(&mut self) -> io::Result<Vec<Chunk>> {
        self.chunks()?;
        Ok(mem::take(&mut self.chunks))
    }

    /// Returns the columns that were taken, with all rows encoded, and writes the row group if it is large enough.
    pub(super) fn put_back(&mut self, chunks: Vec<Chunk>) -> io::Result<()> {
        self.chunks = chunks;
        self.end_if_full()
    }

    fn end_if_full(&mut self) -> io::Result<()> {
        if self.chunks.iter().map(Chunk::bytes).sum::<usize>() < ROW_GROUP_BYTES {
            return Ok(());
        }
        self.end().map_err(io_error)
    }

    /// Completes the file and returns its sink.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.end().map_err(io_error)?;
        self.file.finish().map_err(io_error)?;
        let sink = self.file.inner_mut().0.take();
        sink.ok_or_else(|| io::Error::other("the file is finished"))
    }

    fn begin(&self) -> Result<Vec<Chunk>, ParquetError> {
        let columns = self.file.schema_descr().columns().iter();
        let properties = self.file.properties();
        let chunks = columns.map(|column| Chunk::new(Arc::clone(column), Arc::clone(properties)));
        chunks.collect()
    }

    /// Writes the row group that was begun.
    fn end(&mut self) -> Result<(), ParquetError> {
        if self.chunks.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for chunk in self.chunks.drain(..) {
            let (pages, closed) = chunk.close()?;
            group.append_column(&pages, closed)?;
        }
        group.close()?;
        Ok(())
    }
}

/// A sink that can be taken out of a finished writer. `SerializedFileWriter::into_inner` would hide the kind of
/// an error of the last write.
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

/// Returns the sink's own error, if that was it: callers look at its kind, such as a full disk.
pub(super) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}
