//! Reads the events of a Parquet file from its column `json`.

use std::fs::File;
use std::io;
use std::sync::Arc;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::row_groups::io_error;

const JSON: &str = "json";

/// The events of a Parquet file, row by row, as the service sent them.
///
/// Only the column `json` is read. A row without a text in it is an [`InvalidData`](io::ErrorKind::InvalidData)
/// error; the rows after it can still be read. Any other error is the file's.
pub struct JsonColumn(RowIter<'static>);

impl std::fmt::Debug for JsonColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("JsonColumn").finish_non_exhaustive()
    }
}

impl JsonColumn {
    /// Opens a file. Nothing but its footer is read yet.
    ///
    /// # Errors
    ///
    /// If the file isn't Parquet, or has no column `json`; the error names the columns it has.
    pub fn open(file: File) -> io::Result<Self> {
        let reader = SerializedFileReader::new(file).map_err(io_error)?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let column = schema.get_fields().iter().find(|one| one.name() == JSON);
        let Some(column) = column.filter(|column| column.is_primitive()) else {
            let names: Vec<_> = schema.get_fields().iter().map(|one| one.name()).collect();
            let names = names.join("`, `");
            let problem = format!("it has no column `json`, only `{names}`");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        };
        let only = Type::group_type_builder(schema.name())
            .with_fields(vec![Arc::clone(column)])
            .build()
            .map_err(io_error)?;
        let rows = RowIter::from_file_into(Box::new(reader)).project(Some(only));
        rows.map(Self).map_err(io_error)
    }
}

impl Iterator for JsonColumn {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(io_error).and_then(text))
    }
}

fn text(row: Row) -> io::Result<String> {
    let problem = |what| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    match row.into_columns().pop() {
        Some((_, Field::Str(text))) => Ok(text),
        Some((_, Field::Bytes(bytes))) => match String::from_utf8(bytes.data().to_vec()) {
            Ok(text) => Ok(text),
            Err(_) => problem("the column `json` isn't text"),
        },
        Some((_, Field::Null)) => problem("the column `json` is empty"),
        _ => problem("the column `json` isn't text"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};

    use super::*;
    use crate::format::{FileWriter, Format, Layout, Row};

    fn written(columns: &[&str], events: &[&str]) -> File {
        let layout = Layout::new(Format::Parquet);
        let layout = layout.with_columns(columns.iter().copied()).unwrap();
        let mut writer = FileWriter::new(tempfile::tempfile().unwrap(), &layout).unwrap();
        for json in events {
            let row = Row {
                session: "s",
                synced_at: None,
                json,
            };
            writer.write(&row).unwrap();
        }
        let mut file = writer.finish().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    #[test]
    fn events_are_read_as_they_were_sent() {
        let events: Vec<_> = (0..2_500)
            .map(|number| format!(r#"{{"eventType":"x","id":"{number}","odd":"\ud800 ü"}}"#))
            .collect();
        let texts: Vec<_> = events.iter().map(String::as_str).collect();
        let file = written(&["event_id", "json", "session_id"], &texts);
        let read: Vec<_> = JsonColumn::open(file)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(read, events);
    }

    #[test]
    fn a_file_without_the_events_names_what_it_has() {
        let file = written(&["event_id", "session_id"], &[r#"{"eventType":"x"}"#]);
        let error = JsonColumn::open(file).unwrap_err().to_string();
        assert_eq!(
            error,
            "it has no column `json`, only `event_id`, `session_id`"
        );
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"{\"eventType\":\"x\"}\n").unwrap();
        assert!(JsonColumn::open(file).is_err());
    }
}
