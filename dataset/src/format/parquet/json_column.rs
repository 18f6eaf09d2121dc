//! Reads the events of a Parquet file from its column `json`.

use std::fmt;
use std::fs::File;
use std::io;

use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::row_groups::io_error;
use super::rows::{Rows, rows_of};

const JSON: &str = "json";
/// Rows held at once: each can be large.
const BATCH_ROWS: usize = 100;

/// The events of a Parquet file, row by row, as the service sent them.
///
/// Only the column `json` is read. A row without a text in it is an [`InvalidData`](io::ErrorKind::InvalidData)
/// error; the rows after it can still be read. Any other error is the file's, and the last item.
///
/// ```no_run
/// use std::fs::File;
/// use journey_events::Event;
/// use journey_events_dataset::format::JsonColumn;
///
/// for json in JsonColumn::open(File::open("events.parquet")?)? {
///     println!("{:?}", Event::from_json(&json?)?.created_at());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JsonColumn {
    file: SerializedFileReader<File>,
    column: usize,
    is_optional: bool,
    /// The row group after the one that is read.
    next_group: usize,
    group: Option<Group>,
}

/// What is left of a row group.
struct Group {
    rows: Rows<ByteArrayType>,
    /// Of these, the next row and the end.
    row: usize,
    end: usize,
    /// How many rows come after them.
    left: usize,
}

impl fmt::Debug for JsonColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonColumn").finish_non_exhaustive()
    }
}

impl JsonColumn {
    /// Opens a file. Nothing but its footer is read yet.
    ///
    /// # Errors
    ///
    /// If the file isn't Parquet, or has no column `json` of texts; the error names the columns it has.
    ///
    /// ```no_run
    /// use std::fs::File;
    /// use journey_events_dataset::format::JsonColumn;
    ///
    /// for json in JsonColumn::open(File::open("events.parquet")?)? {
    ///     println!("{}", json?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(file: File) -> io::Result<Self> {
        let file = SerializedFileReader::new(file).map_err(io_error)?;
        let schema = file.metadata().file_metadata().schema_descr();
        let is_text = |at: &usize| {
            let column = schema.column(*at);
            column.path().string() == JSON
                && column.physical_type() == Physical::BYTE_ARRAY
                && column.max_rep_level() == 0
        };
        let Some(column) = (0..schema.num_columns()).find(is_text) else {
            let fields = schema.root_schema().get_fields().iter();
            let names = fields
                .map(|field| field.name())
                .collect::<Vec<_>>()
                .join("`, `");
            let problem = format!("it has no column `json`, only `{names}`");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        };
        let is_optional = schema.column(column).max_def_level() > 0;
        Ok(Self {
            column,
            is_optional,
            next_group: 0,
            group: None,
            file,
        })
    }

    /// Moves to the next row, and returns whether there is one.
    fn advance(&mut self) -> Result<bool, ParquetError> {
        loop {
            match &mut self.group {
                Some(group) if group.row < group.end => return Ok(true),
                Some(group) if group.left > 0 => {
                    group.end = group.left.min(BATCH_ROWS);
                    group.row = 0;
                    group.left -= group.end;
                    group.rows.read(group.end)?;
                }
                _ if self.next_group == self.file.num_row_groups() => return Ok(false),
                _ => {
                    let group = self.file.get_row_group(self.next_group)?;
                    self.next_group += 1;
                    let ColumnReader::ByteArrayColumnReader(reader) =
                        group.get_column_reader(self.column)?
                    else {
                        return Err(ParquetError::NYI("a column of this type".to_owned()));
                    };
                    self.group = Some(Group {
                        rows: Rows::new(reader, self.is_optional),
                        row: 0,
                        end: 0,
                        left: rows_of(group.metadata()),
                    });
                }
            }
        }
    }
}

impl Iterator for JsonColumn {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(true) => {
                let group = self.group.as_mut()?;
                group.row += 1;
                Some(text(group.rows.at(group.row - 1)))
            }
            Ok(false) => None,
            Err(error) => {
                self.group = None;
                self.next_group = self.file.num_row_groups();
                Some(Err(io_error(error)))
            }
        }
    }
}

/// The errors don't repeat the value, which is a customer's.
fn text(value: Option<&ByteArray>) -> io::Result<String> {
    let invalid = |problem| io::Error::new(io::ErrorKind::InvalidData, problem);
    let value = value.ok_or_else(|| invalid("the column `json` is empty"))?;
    let text = str::from_utf8(value.data());
    text.map(str::to_owned)
        .map_err(|_| invalid("the column `json` isn't text"))
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};
    use std::sync::Arc;

    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::types::Type;

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

    /// A file of row groups of these texts, which may be null or no text.
    fn file_of(groups: &[&[Option<&[u8]>]]) -> File {
        let column = Type::primitive_type_builder(JSON, Physical::BYTE_ARRAY).build();
        let root = Type::group_type_builder("schema").with_fields(vec![Arc::new(column.unwrap())]);
        let (schema, file) = (
            Arc::new(root.build().unwrap()),
            tempfile::tempfile().unwrap(),
        );
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        for cells in groups {
            let levels: Vec<_> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let values: Vec<_> = cells
                .iter()
                .flatten()
                .map(|cell| ByteArray::from(cell.to_vec()))
                .collect();
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let texts = column.typed::<ByteArrayType>();
            texts.write_batch(&values, Some(&levels), None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.into_inner().unwrap()
    }

    #[test]
    fn a_row_without_a_text_costs_that_row_and_its_error_does_not_repeat_it() {
        let file = file_of(&[
            &[Some(b"a"), None, Some(b"secret\xff"), Some(b"b")],
            &[Some(b"c")],
        ]);
        let rows: Vec<_> = JsonColumn::open(file).unwrap().collect();
        let texts = rows.iter().map(|row| row.as_deref().ok());
        assert!(texts.eq([Some("a"), None, None, Some("b"), Some("c")]));
        for error in rows.iter().filter_map(|row| row.as_ref().err()) {
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(
                !format!("{error} {error:?}").contains("115, 101"),
                "{error:?}"
            );
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_damaged_row_group_is_one_error_and_the_last_item() {
        let mut file = file_of(&[&[Some(b"a"), Some(b"b")], &[Some(b"c")], &[Some(b"d")]]);
        let reader = SerializedFileReader::new(file.try_clone().unwrap()).unwrap();
        let damaged = reader.metadata().row_group(1).column(0).byte_range().0;
        file.seek(SeekFrom::Start(damaged)).unwrap();
        io::Write::write_all(&mut file, &[0xff; 8]).unwrap();
        let rows: Vec<_> = JsonColumn::open(file).unwrap().take(10).collect();
        let [Ok(a), Ok(b), Err(error)] = &rows[..] else {
            panic!("{rows:?}");
        };
        assert_eq!([a, b], ["a", "b"]);
        assert_ne!(error.kind(), io::ErrorKind::InvalidData);
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
