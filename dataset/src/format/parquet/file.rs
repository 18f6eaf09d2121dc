//! Rows to a file.

use std::io::{self, Write};

use super::row_groups::RowGroups;
use super::schema::{properties, schema};
use crate::format::cell::Cells;
use crate::format::columns::Column;
use crate::format::layout::Layout;
use crate::format::row::Row;

#[derive(Debug)]
pub(crate) struct ParquetFile<W: Write + Send> {
    columns: Vec<&'static Column>,
    rows: RowGroups<W>,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(crate) fn new(sink: W, layout: &Layout) -> io::Result<Self> {
        let columns = layout.definitions().to_vec();
        let rows = RowGroups::new(sink, schema(&columns)?, properties(layout))?;
        Ok(Self { columns, rows })
    }

    pub(crate) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        let mut cells = Cells::of(row);
        let columns = self.columns.iter();
        self.rows.push(columns.map(|column| cells.cell(column)))
    }

    /// Writes the footer, without which the file can't be read.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.rows.finish()
    }
}
