//! Rows of a column, some at a time.

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;

/// The rows of a column that were read last.
pub(super) struct Rows<T: DataType> {
    reader: ColumnReaderImpl<T>,
    is_optional: bool,
    /// For each row of an optional column, 1 if it has a value.
    levels: Vec<i16>,
    values: Vec<T::T>,
    /// For each row, which of the values is its own.
    places: Vec<Option<usize>>,
}

impl<T: DataType> Rows<T> {
    /// Of a column whose values may be null.
    pub(super) fn optional(reader: ColumnReaderImpl<T>) -> Self {
        Self::new(reader, true)
    }

    /// Of a column in no group or list.
    pub(super) fn new(reader: ColumnReaderImpl<T>, is_optional: bool) -> Self {
        Self {
            reader,
            is_optional,
            levels: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Replaces the rows with so many after them. A column that has fewer is damaged: were it taken for complete,
    /// rows would be lost, or lack a value.
    pub(super) fn read(&mut self, count: usize) -> Result<(), ParquetError> {
        self.levels.clear();
        self.values.clear();
        let levels = self.is_optional.then_some(&mut self.levels);
        let (rows, ..) = self
            .reader
            .read_records(count, levels, None, &mut self.values)?;
        if rows != count {
            return Err(ParquetError::EOF("a column ends early".to_owned()));
        }
        self.places.clear();
        if !self.is_optional {
            self.places.extend((0..rows).map(Some));
            return Ok(());
        }
        let mut before = 0;
        self.places.extend(self.levels.iter().map(|level| {
            before += usize::from(*level == 1);
            (*level == 1).then(|| before - 1)
        }));
        Ok(())
    }

    /// The value of a row; `None` if it is null.
    pub(super) fn at(&self, row: usize) -> Option<&T::T> {
        let value = (*self.places.get(row)?)?;
        self.values.get(value)
    }
}

pub(super) fn rows_of(group: &RowGroupMetaData) -> usize {
    usize::try_from(group.num_rows()).unwrap_or_default()
}
