//! The cells of a batch.

use std::ops::Range;

use jiff::Timestamp;

use crate::format::cell::Cell;

/// Bytes of text whose memory is kept for the next batch. Most batches have less.
const MOST_KEPT: usize = 4 * 1024 * 1024;

/// Decoded cells by column. They don't borrow from the rows.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    text: String,
    columns: Vec<Vec<DecodedCell>>,
}

/// A cell; of a text, where it is.
#[derive(Debug)]
enum DecodedCell {
    Null,
    Text(Range<usize>),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Time(Timestamp),
}

impl Decoded {
    /// Removes all cells, and makes room for so many columns.
    pub(super) fn clear(&mut self, columns: usize) {
        self.text.clear();
        self.text.shrink_to(MOST_KEPT);
        self.columns.resize_with(columns, Vec::new);
        for column in &mut self.columns {
            column.clear();
        }
    }

    /// Appends a row.
    pub(super) fn push<'a>(&mut self, row: impl Iterator<Item = Cell<'a>>) {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.push(match cell {
                Cell::Null => DecodedCell::Null,
                Cell::Text(text) => {
                    let start = self.text.len();
                    self.text.push_str(&text);
                    DecodedCell::Text(start..self.text.len())
                }
                Cell::Integer(value) => DecodedCell::Integer(value),
                Cell::Number(value) => DecodedCell::Number(value),
                Cell::Boolean(value) => DecodedCell::Boolean(value),
                Cell::Time(at) => DecodedCell::Time(at),
            });
        }
    }

    /// Returns the cells of each column.
    pub(super) fn columns(&self) -> impl Iterator<Item = impl Iterator<Item = Cell<'_>>> {
        let cell = |cell: &DecodedCell| match cell {
            DecodedCell::Null => Cell::Null,
            DecodedCell::Text(at) => {
                Cell::Text(self.text.get(at.clone()).unwrap_or_default().into())
            }
            DecodedCell::Integer(value) => Cell::Integer(*value),
            DecodedCell::Number(value) => Cell::Number(*value),
            DecodedCell::Boolean(value) => Cell::Boolean(*value),
            DecodedCell::Time(at) => Cell::Time(*at),
        };
        self.columns
            .iter()
            .map(move |column| column.iter().map(cell))
    }
}
