//! A file's rows, copied into another but for some.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::cell::{Cell, Cells};
use super::columns::Column;
use super::compress::Compressed;
use super::kind::{Compression, Format};
use super::layout::Layout;
use super::parquet;
use super::row::Row;

const SESSION: &str = "session_id";
const EVENT: &str = "event_id";
const JSON: &str = "json";

/// Where a file's rows are read.
#[derive(Debug)]
pub(crate) enum Source {
    File(File),
    Memory(Bytes),
}

impl Source {
    fn reader(self) -> Box<dyn Read> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Memory(bytes) => Box::new(io::Cursor::new(bytes)),
        }
    }
}

/// By what a row is recognized. `None` if the file doesn't say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowKey<'a> {
    pub(crate) session: Option<&'a str>,
    /// Its id, or its JSON where it has none.
    pub(crate) event: Option<&'a str>,
}

/// Copies the rows of a file that `keep` keeps, with the file's own columns. Returns how many it kept.
pub(crate) fn copy_rows<W: Write + Send>(
    source: Source,
    sink: W,
    layout: &Layout,
    mut keep: impl FnMut(&RowKey<'_>) -> bool,
) -> io::Result<(W, u64)> {
    match layout.format() {
        Format::Parquet => copy_parquet(source, sink, layout, &mut keep),
        Format::Ndjson => copy_text(source, sink, layout, &mut keep, copy_lines),
        Format::Csv => copy_text(source, sink, layout, &mut keep, copy_records),
    }
}

type Keep<'k> = dyn FnMut(&RowKey<'_>) -> bool + 'k;
type CopyText = fn(Box<dyn Read>, &mut dyn Write, &mut Keep<'_>) -> io::Result<u64>;

fn copy_text<W: Write>(
    source: Source,
    sink: W,
    layout: &Layout,
    keep: &mut Keep<'_>,
    copy: CopyText,
) -> io::Result<(W, u64)> {
    let source = source.reader();
    let source: Box<dyn Read> = match layout.compression() {
        Compression::Zstd => Box::new(zstd::Decoder::new(source)?),
        Compression::Gzip => Box::new(MultiGzDecoder::new(source)),
        Compression::None => source,
    };
    let mut sink = Chunks(Compressed::new(sink, layout.compression())?);
    let rows = copy(source, &mut sink, keep)?;
    Ok((sink.0.finish()?, rows))
}

/// `Compressed` as a `Write`.
struct Chunks<W: Write>(Compressed<W>);

impl<W: Write> Write for Chunks<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.write_all(text).map(|()| text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn copy_lines(source: Box<dyn Read>, sink: &mut dyn Write, keep: &mut Keep<'_>) -> io::Result<u64> {
    let (session, event) = (named(SESSION)?, named(EVENT)?);
    let mut source = BufReader::with_capacity(1 << 16, source);
    let (mut line, mut rows) = (String::new(), 0);
    while source.read_line(&mut line)? > 0 {
        let row = Row {
            session: "",
            synced_at: None,
            json: line.trim_end(),
        };
        let mut cells = Cells::of(&row);
        let cells = [cells.cell(session), cells.cell(event)];
        let [session, event] = cells.each_ref().map(text);
        let event = event.or(Some(row.json));
        if keep(&RowKey { session, event }) {
            sink.write_all(line.as_bytes())?;
            rows += 1;
        }
        line.clear();
    }
    Ok(rows)
}

fn named(column: &str) -> io::Result<&'static Column> {
    Column::named(column).map_err(|_| io::Error::other(format!("there is no column `{column}`")))
}

fn copy_records(
    source: Box<dyn Read>,
    sink: &mut dyn Write,
    keep: &mut Keep<'_>,
) -> io::Result<u64> {
    let mut records = csv::Reader::from_reader(source);
    let header = records.byte_headers()?.clone();
    let position = |name: &str| header.iter().position(|column| column == name.as_bytes());
    let (session, event) = (position(SESSION), position(EVENT));
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_byte_record(&header)?;
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while records.read_byte_record(&mut record)? {
        let field = |position: Option<usize>| {
            let field = record.get(position?)?;
            std::str::from_utf8(field)
                .ok()
                .filter(|field| !field.is_empty())
        };
        if keep(&RowKey {
            session: field(session),
            event: field(event),
        }) {
            writer.write_byte_record(&record)?;
            rows += 1;
        }
    }
    writer.flush()?;
    Ok(rows)
}

fn copy_parquet<W: Write + Send>(
    source: Source,
    sink: W,
    layout: &Layout,
    keep: &mut Keep<'_>,
) -> io::Result<(W, u64)> {
    let mut keep = |cells: [&Cell<'_>; 3]| {
        let [session, event, json] = cells.map(text);
        let event = event.or(json);
        keep(&RowKey { session, event })
    };
    let names = [SESSION, EVENT, JSON];
    match source {
        Source::File(file) => parquet::copy(file, sink, layout, names, &mut keep),
        Source::Memory(bytes) => parquet::copy(bytes, sink, layout, names, &mut keep),
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> Option<&'a str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};

    #[cfg(feature = "parquet")]
    use ::parquet::file::reader::SerializedFileReader;

    use super::*;
    use crate::format::FileWriter;

    fn file_of(layout: &Layout, events: &[(&str, &str)]) -> File {
        let mut writer = FileWriter::new(tempfile::tempfile().unwrap(), layout).unwrap();
        for (session, event) in events {
            let json = format!(
                r#"{{"id":"{event}","eventType":"t","pageTitle":"a,\"\n ü","session":{{"id":"{session}"}},"odd":"\ud800"}}"#
            );
            writer
                .write(&Row {
                    session,
                    synced_at: None,
                    json: &json,
                })
                .unwrap();
        }
        let mut file = writer.finish().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn bytes(mut file: File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    #[cfg(feature = "parquet")]
    fn a_copy_of_many_rows_of_parquet_has_those_that_are_kept() {
        let layout = Layout::new(Format::Parquet);
        let file = |keeps: fn(usize) -> bool| {
            let mut writer = FileWriter::new(tempfile::tempfile().unwrap(), &layout).unwrap();
            for number in (0..25_000).filter(|number| keeps(*number)) {
                let part = |every, part: String| {
                    if number % every == 0 {
                        part
                    } else {
                        String::new()
                    }
                };
                let id = part(2, format!(r#","id":"e-{number}""#));
                let date = part(
                    3,
                    format!(
                        r#","createdDate":"2026-01-02T03:04:05.{:03}Z""#,
                        number % 1000
                    ),
                );
                let count = part(5, format!(r#""totalEventCount":{number},"#));
                let login = part(7, format!(r#""authenticated":{},"#, number % 2 == 0));
                let filling = incompressible(number);
                let json = format!(
                    r#"{{"eventType":"a.WebEvent"{id}{date},"webEvent":{{{count}{login}"geolocation":{{"latitude":{number}.5}},"ipOrganization":"{filling}"}}}}"#
                );
                let session = format!("s-{}", number % 4);
                writer
                    .write(&Row {
                        session: &session,
                        synced_at: None,
                        json: &json,
                    })
                    .unwrap();
            }
            writer.finish().unwrap()
        };
        let mut all = file(|_| true);
        all.seek(SeekFrom::Start(0)).unwrap();
        let keep = |row: &RowKey<'_>| row.session != Some("s-1");
        let sink = tempfile::tempfile().unwrap();
        let (copy, rows) = copy_rows(Source::File(all), sink, &layout, keep).unwrap();
        assert_eq!(rows, 18_750);
        // How rows are put into pages may differ.
        assert!(rows_of(copy).eq(rows_of(file(|number| number % 4 != 1))));
    }

    /// The rows of a file in Parquet, each as text.
    #[cfg(feature = "parquet")]
    fn rows_of(file: File) -> impl Iterator<Item = String> {
        let rows = SerializedFileReader::new(file).unwrap().into_iter();
        rows.map(|row| row.unwrap().to_string())
    }

    /// Text that hardly compresses, so that there are several row groups.
    fn incompressible(seed: usize) -> String {
        let mut state = seed as u64;
        let digits = (0..50).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            format!("{:08x}", state >> 32)
        });
        digits.collect()
    }

    #[test]
    fn a_copy_lacks_the_rows_that_are_not_kept_and_is_otherwise_the_same() {
        let all = [
            ("s-1", "e-1"),
            ("s-2", "e-2"),
            ("s-1", "e-3"),
            ("s-3", "e-4"),
        ];
        for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
            for compression in [Compression::None, Compression::Zstd, Compression::Gzip] {
                let Ok(layout) = Layout::new(format).with_compression(compression) else {
                    continue;
                };
                let sink = tempfile::tempfile().unwrap();
                let keep =
                    |row: &RowKey<'_>| row.session != Some("s-1") && row.event != Some("e-4");
                let (copy, rows) =
                    copy_rows(Source::File(file_of(&layout, &all)), sink, &layout, keep).unwrap();
                assert_eq!(rows, 1, "{layout:?}");
                let expected = bytes(file_of(&layout, &all[1..2]));
                let copy = bytes(copy);
                assert!(copy == expected, "{layout:?}");
                let keep = |row: &RowKey<'_>| row.event != Some("e-2");
                let none = copy_rows(Source::Memory(copy.into()), io::sink(), &layout, keep);
                assert_eq!(none.unwrap().1, 0, "{layout:?}");
            }
        }
    }
}
