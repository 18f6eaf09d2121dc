//! Rows to a file.

use std::io::{self, Write};
use std::mem;

use parquet::errors::ParquetError;

use super::batch::Batch;
use super::decoded::Decoded;
use super::job::Job;
use super::row_groups::{RowGroups, io_error};
use super::schema::{properties, schema};
use super::thread::EncodingThread;
use crate::format::columns::Column;
use crate::format::layout::Layout;
use crate::format::row::Row;

#[derive(Debug)]
pub(crate) struct ParquetFile<W: Write + Send> {
    columns: Vec<&'static Column>,
    batch: Batch,
    /// Room for the cells of the next batch.
    cells: Decoded,
    /// Encodes the batch before; none until a batch is full.
    thread: Option<EncodingThread>,
    rows: RowGroups<W>,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(crate) fn new(sink: W, layout: &Layout) -> io::Result<Self> {
        let columns = layout.definitions().to_vec();
        let rows = RowGroups::new(sink, schema(&columns)?, properties(layout))?;
        Ok(Self {
            columns,
            batch: Batch::default(),
            cells: Decoded::default(),
            thread: None,
            rows,
        })
    }

    pub(crate) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.batch.push(row);
        if self.batch.is_full() {
            let job = self.next_job()?;
            if self.thread.is_none() {
                self.thread = EncodingThread::start().ok();
            }
            match &mut self.thread {
                Some(thread) => thread.begin(job),
                // The system has none left.
                None => self.put_back(job.run())?,
            }
        }
        Ok(())
    }

    /// Writes the footer, without which the file can't be read.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        if !self.batch.is_empty() {
            let job = self.next_job()?;
            self.put_back(job.run())?;
        }
        self.end_job()?;
        self.rows.finish()
    }

    /// Decodes the batch while the previous one is encoded, and then waits for it.
    fn next_job(&mut self) -> io::Result<Job> {
        self.batch.decode(&self.columns, &mut self.cells);
        let cells = mem::take(&mut self.cells);
        self.end_job()?;
        let chunks = self.rows.take_chunks()?;
        Ok(Job { cells, chunks })
    }

    fn end_job(&mut self) -> io::Result<()> {
        match self.thread.as_mut().and_then(EncodingThread::end) {
            Some(encoded) => self.put_back(encoded),
            None => Ok(()),
        }
    }

    fn put_back(&mut self, encoded: Result<Job, ParquetError>) -> io::Result<()> {
        let job = encoded.map_err(io_error)?;
        self.cells = job.cells;
        self.rows.put_back(job.chunks)
    }
}
