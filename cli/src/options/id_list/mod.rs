//! Lists of session or contact ids, as people keep them.
//!
//! ```text
//! file, stdin ─► encoding ─► lines ─► column ─► ids, each once
//! ```
//!
//! A list is a text file with one id per line, or a table (comma, semicolon or tab separated) with a column
//! of ids. Empty lines, `#` comments, quotes, blanks and a header are skipped.

mod column;
mod lines;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use encoding_rs_io::DecodeReaderBytes;
use tokio::task::spawn_blocking;

pub(crate) use self::column::IdsOf;
use self::column::{Column, choose};
use self::lines::Lines;
use self::table::{Row, Table};
use super::session_id;

/// How many rows show which column has the ids.
const SAMPLE: usize = 100;
/// Longest value shown in an error, in characters.
const SHOWN: usize = 60;

/// Why a list can't be used: where, what is wrong, what is expected and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListError(String);

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the ids of a list in their order, each once; `-` is stdin. An empty list has none.
///
/// It is read on a blocking thread, because stdin may stall.
pub(crate) async fn read(path: &Path, of: IdsOf) -> Result<Vec<String>, ListError> {
    let path = path.to_owned();
    let reading = spawn_blocking(move || {
        let name = if path == Path::new("-") {
            "stdin".to_owned()
        } else {
            path.display().to_string()
        };
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(&path).map_err(|error| unreadable(&name, &error))?)
        };
        ids(input, &name, of)
    });
    reading
        .await
        .unwrap_or_else(|error| Err(ListError(format!("can't read the list: {error}"))))
}

fn unreadable(name: &str, error: &io::Error) -> ListError {
    ListError(format!(
        "can't read {name}: {error}\n  next: name a text or CSV file with one id per line"
    ))
}

fn invalid(name: &str, line: u64, problem: &str, next: &str) -> ListError {
    ListError(format!(
        "line {line} of {name}: {problem}\n  next: {next}; nothing was sent"
    ))
}

/// Reads the ids of a list whose name is for messages.
fn ids(input: impl Read, name: &str, of: IdsOf) -> Result<Vec<String>, ListError> {
    // A byte order mark decides; without one, bytes are passed on as they are.
    let decoded = BufReader::new(DecodeReaderBytes::new(input));
    let failed = |error: io::Error| unreadable(name, &error);
    let Some(mut table) = Table::open(Lines::new(decoded)).map_err(failed)? else {
        return Ok(Vec::new());
    };
    if let Some((problem, next)) = table.other_format() {
        return Err(invalid(name, table.first_line(), problem, next));
    }
    let mut sample = Vec::new();
    while sample.len() < SAMPLE
        && let Some(row) = table.row().map_err(failed)?
    {
        sample.push(row);
    }
    let line = sample.first().map_or(1, |row| row.line);
    let column = choose(&sample, of).map_err(|problem| {
        invalid(
            name,
            line,
            &problem,
            "keep one column of ids, or name its header \"Session Id\" or \"Contact Id\"",
        )
    })?;
    let mut found = Found::new(column, name);
    for row in sample.iter().skip(usize::from(column.has_header)) {
        found.add(row)?;
    }
    while let Some(row) = table.row().map_err(failed)? {
        found.add(&row)?;
    }
    Ok(found.ids)
}

/// The ids so far.
struct Found<'a> {
    column: Column,
    name: &'a str,
    seen: HashSet<String>,
    ids: Vec<String>,
}

impl<'a> Found<'a> {
    fn new(column: Column, name: &'a str) -> Self {
        Self {
            column,
            name,
            seen: HashSet::new(),
            ids: Vec::new(),
        }
    }

    /// Adds a row's id. A row without one, as of a conversation without a journey session, is skipped.
    fn add(&mut self, row: &Row) -> Result<(), ListError> {
        let value = row.values.get(self.column.index).map_or("", String::as_str);
        if value.is_empty() {
            return Ok(());
        }
        let id = session_id::checked(value).map_err(|expected| {
            let shown: String = value.chars().take(SHOWN).collect();
            let more = if shown.len() < value.len() { "…" } else { "" };
            let problem = format!("{shown:?}{more} isn't a valid id; {expected}");
            invalid(self.name, row.line, &problem, "fix the line")
        })?;
        if self.seen.insert(id.clone()) {
            self.ids.push(id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
