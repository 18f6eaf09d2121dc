//! A column of a row group.

use std::fmt;

use parquet::column::writer::{
    ColumnCloseResult, ColumnWriter, ColumnWriterImpl, get_column_writer,
};
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::schema::types::ColumnDescPtr;

use super::pages::Pages;
use super::texts::Texts;
use crate::format::cell::Cell;

/// What the encoder holds of a value that is in its dictionary: an index.
const INDEX_BYTES: usize = 8;
/// What it holds of a number besides: the number, and where it is in the dictionary.
const NUMBER_BYTES: usize = 16;

/// Encodes the cells of a column. They become pages, some of them only when it is closed.
pub(super) struct Chunk {
    values: Values,
    /// For each cell that isn't encoded yet, 1 if it has a value.
    levels: Vec<i16>,
    pages: Pages,
}

enum Values {
    Text(Encoder<ByteArrayType>, Box<Texts>),
    Integer(Encoder<Int64Type>),
    Number(Encoder<DoubleType>),
    Boolean(Encoder<BoolType>),
}

impl Chunk {
    pub(super) fn new(
        column: ColumnDescPtr,
        properties: WriterPropertiesPtr,
    ) -> Result<Self, ParquetError> {
        let pages = Pages::default();
        let texts = Box::new(Texts::new(&properties, column.path()));
        let values = match get_column_writer(column, properties, Box::new(pages.clone())) {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                Values::Text(Encoder::new(writer), texts)
            }
            ColumnWriter::Int64ColumnWriter(writer) => Values::Integer(Encoder::new(writer)),
            ColumnWriter::DoubleColumnWriter(writer) => Values::Number(Encoder::new(writer)),
            ColumnWriter::BoolColumnWriter(writer) => Values::Boolean(Encoder::new(writer)),
            _ => return Err(ParquetError::NYI("a column of this type".to_owned())),
        };
        Ok(Self {
            values,
            levels: Vec::new(),
            pages,
        })
    }

    /// Appends a cell of the column's type, or null.
    pub(super) fn push(&mut self, cell: &Cell<'_>) {
        match (&mut self.values, cell) {
            (Values::Text(encoder, texts), Cell::Text(text)) => encoder.push(texts.value(text)),
            (Values::Integer(encoder), Cell::Integer(number)) => encoder.push(*number),
            (Values::Integer(encoder), Cell::Time(at)) => encoder.push(at.as_microsecond()),
            (Values::Number(encoder), Cell::Number(number)) => encoder.push(*number),
            (Values::Boolean(encoder), Cell::Boolean(value)) => encoder.push(*value),
            _ => {
                self.levels.push(0);
                return;
            }
        }
        self.levels.push(1);
    }

    /// Encodes what was appended.
    pub(super) fn encode(&mut self) -> Result<(), ParquetError> {
        match &mut self.values {
            Values::Text(encoder, _) => encoder.encode(&self.levels)?,
            Values::Integer(encoder) => encoder.encode(&self.levels)?,
            Values::Number(encoder) => encoder.encode(&self.levels)?,
            Values::Boolean(encoder) => encoder.encode(&self.levels)?,
        }
        self.levels.clear();
        Ok(())
    }

    /// Returns about how many bytes are held of what was encoded.
    pub(super) fn bytes(&self) -> usize {
        let not_in_pages = match &self.values {
            Values::Text(encoder, texts) => texts.bytes() + encoder.encoded * INDEX_BYTES,
            Values::Integer(Encoder { encoded, .. }) | Values::Number(Encoder { encoded, .. }) => {
                encoded * (INDEX_BYTES + NUMBER_BYTES)
            }
            Values::Boolean(encoder) => encoder.encoded / 8,
        };
        self.pages.bytes() + not_in_pages
    }

    /// Encodes the rest. Returns the pages, and what the file says of them.
    pub(super) fn close(mut self) -> Result<(Pages, ColumnCloseResult), ParquetError> {
        self.encode()?;
        let closed = match self.values {
            Values::Text(encoder, _) => encoder.writer.close(),
            Values::Integer(encoder) => encoder.writer.close(),
            Values::Number(encoder) => encoder.writer.close(),
            Values::Boolean(encoder) => encoder.writer.close(),
        };
        Ok((self.pages, closed?))
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

/// Values, and what encodes them.
struct Encoder<T: DataType> {
    writer: ColumnWriterImpl<'static, T>,
    /// Not encoded yet.
    values: Vec<T::T>,
    /// How many were encoded.
    encoded: usize,
}

impl<T: DataType> Encoder<T> {
    fn new(writer: ColumnWriterImpl<'static, T>) -> Self {
        Self {
            writer,
            values: Vec::new(),
            encoded: 0,
        }
    }

    fn push(&mut self, value: T::T) {
        self.values.push(value);
    }

    fn encode(&mut self, levels: &[i16]) -> Result<(), ParquetError> {
        self.writer.write_batch(&self.values, Some(levels), None)?;
        self.encoded += self.values.len();
        self.values.clear();
        Ok(())
    }
}
