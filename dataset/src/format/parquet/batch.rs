//! Rows that wait to be encoded.

use std::ops::Range;

use jiff::Timestamp;

use super::decoded::Decoded;
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

    /// Removes the rows and decodes their cells: of all rows in one pass, in which what an event repeats from the one
    /// before isn't read again.
    pub(super) fn decode(&mut self, columns: &[&Column], decoded: &mut Decoded) {
        let text = |at: &Range<usize>| self.text.get(at.clone()).unwrap_or_default();
        decoded.clear(columns.len());
        let mut cells = Cells::default();
        for row in &self.rows {
            cells.read(&Row {
                session: text(&row.session),
                synced_at: row.synced_at,
                json: text(&row.json),
            });
            decoded.push(columns.iter().map(|column| cells.cell(column)));
        }
        self.rows.clear();
        self.text.clear();
        self.text.shrink_to(2 * MOST_BYTES);
    }
}
