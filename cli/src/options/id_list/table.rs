//! Rows of a list.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

/// What may separate columns. Ids contain none of them.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// What people put around ids, besides blanks.
const AROUND: [char; 8] = ['"', '\'', '“', '”', '‘', '’', '\u{feff}', '\u{200b}'];
/// Longest row, in bytes: a quote that isn't closed would make the rest of the file one row.
const MAX_ROW: usize = 1024 * 1024;

/// A row that is neither empty nor a comment.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Without the blanks and quotes around them, and without comments.
    pub(super) values: Vec<String>,
}

/// The rows of a list, from the first that is neither empty nor a comment.
pub(super) struct Table<'a> {
    rows: csv::Reader<Box<dyn Read + 'a>>,
    record: ByteRecord,
    /// How much more may be read for this row.
    left: Rc<Cell<usize>>,
    first: String,
    /// Lines before the first row.
    skipped: u64,
}

impl<'a> Table<'a> {
    /// Reads up to the first row; `None` if there is none.
    pub(super) fn open(input: impl Read + 'a) -> io::Result<Option<Self>> {
        let mut input = BufReader::new(input);
        let (mut line, mut skipped, mut separator) = (Vec::new(), 0, None);
        loop {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            // Spreadsheets name the separator so.
            if let Some([named]) = text.strip_prefix("sep=").map(str::as_bytes) {
                separator = Some(*named);
            } else if !text.is_empty() && !text.starts_with('#') {
                break;
            }
            skipped += 1;
        }
        let first = String::from_utf8_lossy(&line).into_owned();
        let separator = separator.unwrap_or_else(|| separator_of(line.trim_ascii()));
        let left = Rc::new(Cell::new(MAX_ROW));
        let rest = Bounded {
            input,
            left: Rc::clone(&left),
        };
        // The line break makes the last line as long as the others.
        let input = Cursor::new(line).chain(rest).chain(Cursor::new(b"\n"));
        let rows = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(Box::new(input) as Box<dyn Read + 'a>);
        Ok(Some(Self {
            rows,
            record: ByteRecord::new(),
            left,
            first,
            skipped,
        }))
    }

    pub(super) fn first_line(&self) -> u64 {
        self.skipped + 1
    }

    /// Returns what the file is and what to do, if it isn't a list.
    pub(super) fn other_format(&self) -> Option<(&'static str, &'static str)> {
        let first = self.first.trim_start();
        if first.starts_with(['{', '[']) {
            Some((
                "JSON, but expected a text or CSV file with one id per line",
                "write the ids alone, such as with `jq -r .id`",
            ))
        } else if first.starts_with("PK\u{3}\u{4}") {
            Some((
                "a spreadsheet or archive, but expected a text or CSV file with one id per line",
                "save it as CSV",
            ))
        } else if first.contains('\0') {
            Some((
                "not text, or UTF-16 without a byte order mark",
                "save it as UTF-8",
            ))
        } else {
            None
        }
    }

    /// Reads the next row.
    pub(super) fn row(&mut self) -> io::Result<Option<Row>> {
        loop {
            self.left.set(MAX_ROW);
            if !self.rows.read_byte_record(&mut self.record)? {
                return Ok(None);
            }
            if self.record.get(0).is_some_and(is_comment) {
                continue;
            }
            let values: Vec<_> = self.record.iter().map(value).collect();
            if values.iter().any(|value| !value.is_empty()) {
                let breaks = self.record.as_slice().iter().filter(|byte| **byte == b'\n');
                let end = self.rows.position().line() + self.skipped;
                let line = end.saturating_sub(1 + breaks.count() as u64);
                return Ok(Some(Row { line, values }));
            }
        }
    }
}

fn is_comment(field: &[u8]) -> bool {
    field.trim_ascii_start().starts_with(b"#")
}

/// Only the ids must be UTF-8; a replaced character isn't valid in one.
fn value(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    let text = text.split('#').next().unwrap_or_default();
    let is_around = |c: char| c.is_whitespace() || AROUND.contains(&c);
    text.trim_matches(is_around).to_owned()
}

/// Returns what separates most columns of a line.
fn separator_of(line: &[u8]) -> u8 {
    let count = |separator: u8| {
        let mut is_quoted = false;
        let outside = line.iter().filter(|byte| {
            is_quoted ^= **byte == b'"';
            !is_quoted && **byte == separator
        });
        outside.count()
    };
    let found = SEPARATORS
        .into_iter()
        .filter(|separator| count(*separator) > 0);
    // Of those as frequent, the last: names contain commas.
    found
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

/// Passes on what may be read for one row.
struct Bounded<R> {
    input: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let left = self.left.get().checked_sub(read);
        let left = left.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a row is longer than {MAX_ROW} bytes; a quote may not be closed"),
            )
        })?;
        self.left.set(left);
        Ok(read)
    }
}
