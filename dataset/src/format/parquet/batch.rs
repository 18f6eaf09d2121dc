//! Rows that wait to be encoded.

use std::ops::Range;
use std::thread::{self, Builder, ScopedJoinHandle};
use std::{io, panic};

use jiff::Timestamp;
use parquet::errors::ParquetError;

use super::chunk::Chunk;
use super::row_groups::io_error;
use crate::format::cell::Cells;
use crate::format::columns::Column;
use crate::format::row::Row;

/// Rows encoded at once, and bytes of their text.
const MOST_ROWS: usize = 1_000;
const MOST_BYTES: usize = 1024 * 1024;

/// Rows, as they were passed.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
    rows: Vec<Waiting>,
}

/// A row, by where its texts are.
#[derive(Debug)]
struct Waiting {
    session: Range<usize>,
    json: Range<usize>,
    synced_at: Option<Timestamp>,
}

impl Batch {
    pub(super) fn push(&mut self, row: &Row<'_>) {
        let mut keep = |text: &str| {
            let start = self.text.len();
            self.text.push_str(text);
            start..self.text.len()
        };
        self.rows.push(Waiting {
            session: keep(row.session),
            json: keep(row.json),
            synced_at: row.synced_at,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MOST_ROWS || self.text.len() >= MOST_BYTES
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(2 * MOST_BYTES);
        self.rows.clear();
    }

    /// Encodes the rows, which takes most of the time that a file takes. Two threads share the columns, if another one is
    /// to be had. Both read the events and skip what isn't theirs. In the default order, the text of whole events is
    /// in the second share, which is smaller for that.
    pub(super) fn encode(&self, columns: &[&Column], chunks: &mut [Chunk]) -> io::Result<()> {
        let share = columns.len() * 2 / 3;
        let (first_columns, columns) = columns.split_at(share);
        let (first_chunks, chunks) = chunks.split_at_mut(share);
        let mut first = || self.encode_columns(first_columns, first_chunks);
        let (joined, second) = thread::scope(|scope| {
            let thread = Builder::new().spawn_scoped(scope, &mut first);
            let second = self.encode_columns(columns, chunks);
            let join = |thread: ScopedJoinHandle<'_, _>| {
                let joined = thread.join();
                joined.unwrap_or_else(|panic| panic::resume_unwind(panic))
            };
            (thread.ok().map(join), second)
        });
        let first = joined.unwrap_or_else(first);
        first.and(second).map_err(io_error)
    }

    fn encode_columns(
        &self,
        columns: &[&Column],
        chunks: &mut [Chunk],
    ) -> Result<(), ParquetError> {
        let text = |at: &Range<usize>| self.text.get(at.clone()).unwrap_or_default();
        let mut cells = Cells::default();
        for row in &self.rows {
            cells.read(&Row {
                session: text(&row.session),
                synced_at: row.synced_at,
                json: text(&row.json),
            });
            for (chunk, column) in chunks.iter_mut().zip(columns) {
                chunk.push(&cells.cell(column));
            }
        }
        chunks.iter_mut().try_for_each(Chunk::encode)
    }
}
