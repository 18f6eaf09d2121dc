//! A file's rows, copied into another but for some.

use std::borrow::Cow;
use std::io::{self, Write};

use parquet::column::reader::ColumnReader;
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};

use super::row_groups::{RowGroups, io_error};
use super::rows::{Rows, rows_of};
use super::schema::properties;
use crate::format::cell::Cell;
use crate::format::layout::Layout;

/// Rows held and encoded at once: each can be large.
const BATCH_ROWS: usize = 100;

/// Copies the rows that `keep` keeps, with the file's own columns: it is passed the cells of the columns named,
/// null for a column that the file doesn't have. Returns how many rows it kept.
pub(crate) fn copy<R: ChunkReader + 'static, W: Write + Send, const N: usize>(
    source: R,
    sink: W,
    layout: &Layout,
    names: [&str; N],
    keep: &mut dyn FnMut([&Cell<'_>; N]) -> bool,
) -> io::Result<(W, u64)> {
    let source = SerializedFileReader::new(source).map_err(io_error)?;
    let schema = source.metadata().file_metadata().schema_descr();
    let mut columns = schema.columns().iter();
    let positions = names.map(|name| columns.clone().position(|column| column.name() == name));
    // As this crate writes them: optional, in no group or list.
    if let Some(other) =
        columns.find(|column| column.max_def_level() != 1 || column.max_rep_level() != 0)
    {
        let message = format!("the column `{}` isn't optional", other.path());
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut copy = RowGroups::new(sink, schema.root_schema_ptr(), properties(layout))?;
    let mut kept = 0;
    for group in 0..source.num_row_groups() {
        let group = source.get_row_group(group).map_err(io_error)?;
        let readers = (0..group.num_columns()).map(|index| group.get_column_reader(index));
        let columns = readers.map(|reader| reader.and_then(Column::new));
        let mut columns: Vec<_> = columns.collect::<Result<_, _>>().map_err(io_error)?;
        let mut left = rows_of(group.metadata());
        while left > 0 {
            let rows = left.min(BATCH_ROWS);
            left -= rows;
            for column in &mut columns {
                column.read(rows).map_err(io_error)?;
            }
            for row in 0..rows {
                let cells = columns.iter().map(|column| column.cell(row));
                let cells: Vec<_> = cells.collect::<Result<_, _>>().map_err(io_error)?;
                let chosen = positions.map(|position| position.and_then(|at| cells.get(at)));
                if keep(chosen.map(|cell| cell.unwrap_or(&Cell::Null))) {
                    for (chunk, cell) in copy.chunks()?.iter_mut().zip(&cells) {
                        chunk.push(cell);
                    }
                    kept += 1;
                }
            }
            copy.encode()?;
        }
    }
    Ok((copy.finish()?, kept))
}

/// Some rows of a column.
enum Column {
    Text(Rows<ByteArrayType>),
    Integer(Rows<Int64Type>),
    Number(Rows<DoubleType>),
    Boolean(Rows<BoolType>),
}

impl Column {
    fn new(reader: ColumnReader) -> Result<Self, ParquetError> {
        Ok(match reader {
            ColumnReader::ByteArrayColumnReader(reader) => Self::Text(Rows::optional(reader)),
            ColumnReader::Int64ColumnReader(reader) => Self::Integer(Rows::optional(reader)),
            ColumnReader::DoubleColumnReader(reader) => Self::Number(Rows::optional(reader)),
            ColumnReader::BoolColumnReader(reader) => Self::Boolean(Rows::optional(reader)),
            _ => return Err(ParquetError::NYI("a column of this type".to_owned())),
        })
    }

    /// Replaces the rows with so many after them.
    fn read(&mut self, count: usize) -> Result<(), ParquetError> {
        match self {
            Self::Text(rows) => rows.read(count),
            Self::Integer(rows) => rows.read(count),
            Self::Number(rows) => rows.read(count),
            Self::Boolean(rows) => rows.read(count),
        }
    }

    fn cell(&self, row: usize) -> Result<Cell<'_>, ParquetError> {
        let cell = match self {
            Self::Text(rows) => match rows.at(row) {
                Some(text) => Some(Cell::Text(Cow::Borrowed(text.as_utf8()?))),
                None => None,
            },
            Self::Integer(rows) => rows.at(row).copied().map(Cell::Integer),
            Self::Number(rows) => rows.at(row).copied().map(Cell::Number),
            Self::Boolean(rows) => rows.at(row).copied().map(Cell::Boolean),
        };
        Ok(cell.unwrap_or(Cell::Null))
    }
}
