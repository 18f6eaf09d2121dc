//! Which column of a table has the ids.

use std::fmt::Write as _;

use super::table::Row;
use crate::options::session_id;

/// What the ids of a list are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdsOf {
    Sessions,
    Contacts,
}

// Headers of ids, without case, blanks and punctuation.
const OF_SESSIONS: &[&str] = &[
    "sessionid",
    "sessionids",
    "journeysessionid",
    "journeycustomersessionid",
    "customersessionid",
];
const OF_CONTACTS: &[&str] = &["contactid", "contactids", "externalcontactid"];
const OF_EITHER: &[&str] = &["id", "ids", "session", "sessions", "contact", "contacts"];

/// Most columns and longest name shown in an error.
const SHOWN: usize = 12;

/// The column of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) index: usize,
    pub(super) has_header: bool,
}

/// Chooses by the header, or else takes the only column of ids. The error says why there is none.
pub(super) fn choose(rows: &[Row], of: IdsOf) -> Result<Column, String> {
    let Some((first, rest)) = rows.split_first() else {
        return Ok(FIRST);
    };
    if let Some(index) = named(&first.values, of)? {
        let has_header = true;
        return Ok(Column { index, has_header });
    }
    let width = rows.iter().map(|row| row.values.len()).max();
    let columns = 0..width.unwrap_or_default();
    // Nearly anything without blanks may be an id, so UUIDs come first.
    for is_id in [is_uuid as fn(&str) -> bool, is_id] {
        let found: Vec<_> = columns
            .clone()
            .filter_map(|index| of_ids(first, rest, index, is_id))
            .collect();
        match *found {
            [] => {}
            [column] => return Ok(column),
            _ => {
                let found: Vec<_> = found.iter().map(|column| column.index).collect();
                return Err(ambiguous(&first.values, &found));
            }
        }
    }
    if columns.len() == 1 {
        // The value that isn't an id is reported with its line.
        return Ok(FIRST);
    }
    let all: Vec<_> = columns.collect();
    Err(format!(
        "no column of ids among {}",
        listed(&first.values, &all)
    ))
}

const FIRST: Column = Column {
    index: 0,
    has_header: false,
};

/// Returns the column with a known header.
fn named(headers: &[String], of: IdsOf) -> Result<Option<usize>, String> {
    let (own, other) = match of {
        IdsOf::Sessions => (OF_SESSIONS, OF_CONTACTS),
        IdsOf::Contacts => (OF_CONTACTS, OF_SESSIONS),
    };
    for known in [own, OF_EITHER] {
        match *columns_of(headers, known) {
            [] => {}
            [index] => return Ok(Some(index)),
            ref several => return Err(ambiguous(headers, several)),
        }
    }
    match *columns_of(headers, other) {
        [] => Ok(None),
        ref found => Err(format!(
            "only ids of another kind: {}",
            listed(headers, found)
        )),
    }
}

fn columns_of(headers: &[String], known: &[&str]) -> Vec<usize> {
    let is_known = |header: &str| {
        let letters = header.chars().filter(|c| c.is_alphanumeric());
        let normalized: String = letters.flat_map(char::to_lowercase).collect();
        known.contains(&normalized.as_str())
    };
    let columns = headers.iter().enumerate();
    columns
        .filter_map(|(index, header)| is_known(header).then_some(index))
        .collect()
}

fn ambiguous(headers: &[String], columns: &[usize]) -> String {
    format!(
        "several columns may have the ids: {}",
        listed(headers, columns)
    )
}

/// Lists columns by number and first value.
fn listed(headers: &[String], columns: &[usize]) -> String {
    let mut text = String::new();
    for index in columns.iter().take(SHOWN) {
        let header = headers.get(*index).map_or("", String::as_str);
        let shown: String = header.chars().take(40).collect();
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{} ({shown:?})", index + 1);
    }
    if columns.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

/// Returns a column if it has ids and nothing else, with or without a title.
fn of_ids(first: &Row, rest: &[Row], index: usize, is_id: fn(&str) -> bool) -> Option<Column> {
    let value = |row: &'_ Row| row.values.get(index).cloned().unwrap_or_default();
    let top = value(first);
    let has_header = !rest.is_empty() && !is_id(&top) && is_title(&top);
    let values = rest
        .iter()
        .map(value)
        .chain([top].into_iter().skip(usize::from(has_header)));
    let mut values = values.filter(|value| !value.is_empty()).peekable();
    let is_column = values.peek().is_some() && values.all(|value| is_id(&value));
    is_column.then_some(Column { index, has_header })
}

/// Whether a value is a title: a mistyped id has digits.
fn is_title(value: &str) -> bool {
    value.chars().any(char::is_alphabetic) && !value.chars().any(|c| c.is_ascii_digit())
}

fn is_id(value: &str) -> bool {
    session_id::checked(value).is_ok()
}

/// Whether it is eight, four, four, four and twelve hexadecimal digits.
fn is_uuid(value: &str) -> bool {
    let groups: Vec<_> = value.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && value
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
