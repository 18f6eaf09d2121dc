//! Rows to a file.

use std::io::{self, Write};

use super::batch::Batch;
use super::row_groups::RowGroups;
use super::schema::{properties, schema};
use crate::format::columns::Column;
use crate::format::layout::Layout;
use crate::format::row::Row;

#[derive(Debug)]
pub(crate) struct ParquetFile<W: Write + Send> {
    columns: Vec<&'static Column>,
    batch: Batch,
    rows: RowGroups<W>,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(crate) fn new(sink: W, layout: &Layout) -> io::Result<Self> {
        let columns = layout.definitions().to_vec();
        let rows = RowGroups::new(sink, schema(&columns)?, properties(layout))?;
        Ok(Self {
            columns,
            batch: Batch::default(),
            rows,
        })
    }

    pub(crate) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.batch.push(row);
        if self.batch.is_full() {
            self.encode()?;
        }
        Ok(())
    }

    /// Writes the footer, without which the file can't be read.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.encode()?;
        self.rows.finish()
    }

    fn encode(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.batch.encode(&self.columns, self.rows.chunks()?)?;
        self.batch.clear();
        self.rows.end_if_full()
    }
}
