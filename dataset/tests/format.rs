//! Files in every format and compression, read back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{self, Read, Write};

use bytes::Bytes;
use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
use parquet::basic;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use parquet::schema::printer::print_schema;

const TEXT: [Format; 2] = [Format::Ndjson, Format::Csv];
const COMPRESSIONS: [Compression; 3] = [Compression::Zstd, Compression::Gzip, Compression::None];

/// Every layout with all columns.
fn layouts() -> Vec<Layout> {
    let mut layouts = Vec::new();
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        let with = |compression| Layout::new(format).with_compression(compression).ok();
        layouts.extend(COMPRESSIONS.into_iter().filter_map(with));
    }
    layouts
}

fn json(index: usize) -> String {
    format!(
        r#"{{"id":"e-{index}","eventType":"com.genesys.journey.WebEvent",
        "webEvent":{{"page":{{"url":"https://a.example/{}"}},"totalEventCount":{index},"odd":"\ud800",
        "attributes":{{"a":{{"value":"{index}"}}}}}}}}"#,
        index * 7919 % 1_009
    )
}

fn write(layout: &Layout, rows: usize) -> Vec<u8> {
    let mut writer = FileWriter::new(Vec::new(), layout).unwrap();
    for index in 0..rows {
        let row = Row {
            session: "s",
            synced_at: Some("2026-02-03T04:05:06.123456Z".parse().unwrap()),
            json: &json(index),
        };
        writer.write(&row).unwrap();
    }
    writer.finish().unwrap()
}

fn decompressed(layout: &Layout, file: &[u8]) -> String {
    let mut text = String::new();
    match layout.compression() {
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::new(file).unwrap();
            decoder.read_to_string(&mut text).unwrap();
        }
        Compression::Gzip => {
            let mut decoder = flate2::read::GzDecoder::new(file);
            decoder.read_to_string(&mut text).unwrap();
        }
        _ => text = String::from_utf8(file.to_vec()).unwrap(),
    }
    text
}

#[test]
fn every_row_is_in_the_file_in_every_format_and_compression() {
    for layout in layouts() {
        // Parquet is encoded a thousand rows at a time.
        for rows in [0, 1, 1_000, 2_000, 2_500] {
            let file = write(&layout, rows);
            match layout.format() {
                Format::Ndjson => {
                    let text = decompressed(&layout, &file);
                    let lines: Vec<_> = text.lines().collect();
                    assert_eq!(lines.len(), rows);
                    for (index, line) in lines.iter().enumerate() {
                        assert!(line.starts_with(&format!(r#"{{"id":"e-{index}","#)));
                        assert!(line.contains(r#""odd":"\ud800""#) && text.ends_with('\n'));
                    }
                }
                Format::Csv => {
                    let text = decompressed(&layout, &file);
                    let mut reader = csv::Reader::from_reader(text.as_bytes());
                    assert!(layout.columns().eq(reader.headers().unwrap()));
                    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
                    assert_eq!(records.len(), rows);
                    for (index, record) in records.iter().enumerate() {
                        assert_eq!(record[0], format!("e-{index}"));
                        assert_eq!(&record[3], "s");
                    }
                }
                _ => {
                    let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
                    let read = reader.get_row_iter(None).unwrap().map(Result::unwrap);
                    let mut index = 0;
                    for row in read {
                        assert_eq!(row.get_string(0).unwrap(), &format!("e-{index}"));
                        assert_eq!(row.get_string(3).unwrap(), "s");
                        assert_eq!(row.get_string(52).unwrap(), &json(index));
                        let attributes = format!(r#"{{"a":{{"value":"{index}"}}}}"#);
                        assert_eq!(row.get_string(53).unwrap(), &attributes);
                        let micros = row.get_timestamp_micros(55).unwrap();
                        assert_eq!(micros, 1_770_091_506_123_456);
                        index += 1;
                    }
                    assert_eq!(index, rows);
                }
            }
        }
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let files = || {
        layouts()
            .into_iter()
            .map(|layout| (write(&layout, 2_500), layout))
    };
    let first: Vec<_> = files().collect();
    for ((file, layout), (again, _)) in first.into_iter().zip(files()) {
        assert!(file == again, "{layout:?}");
        if layout.compression() == Compression::Gzip {
            assert_eq!(file[3..8], [0; 5], "flags (no file name) and time");
        }
    }
}

#[test]
fn compressed_files_are_smaller() {
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        let with = |compression| Layout::new(format).with_compression(compression).unwrap();
        let [packed, plain] = [Compression::Zstd, Compression::None]
            .map(|compression| write(&with(compression), 2_500).len());
        assert!(packed * 3 < plain * 2, "{format}: {packed} of {plain}");
    }
}

#[test]
fn parquet_has_the_pinned_columns_alone() {
    let layout = Layout::new(Format::Parquet);
    let layout = layout.with_columns(["synced_at", "page_url"]).unwrap();
    let reader = SerializedFileReader::new(Bytes::from(write(&layout, 3))).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| column.name())
        .collect();
    assert_eq!(names, ["synced_at", "page_url"]);
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    assert_eq!(row.get_string(1).unwrap(), "https://a.example/0");
}

/// Other programs read files for years, and together with those of earlier versions.
#[test]
fn parquet_has_the_types_pages_and_statistics_that_readers_rely_on() {
    let layout = Layout::new(Format::Parquet);
    let names = [
        "event_id",
        "created_date",
        "total_event_count",
        "authenticated",
        "latitude",
        "json",
    ];
    let layout = layout.with_columns(names).unwrap();
    let reader = SerializedFileReader::new(Bytes::from(write(&layout, 2_500))).unwrap();
    let file = reader.metadata().file_metadata();
    assert_eq!((file.version(), file.key_value_metadata()), (1, None));
    let mut schema = Vec::new();
    print_schema(&mut schema, file.schema());
    let expected = "message schema {
  OPTIONAL BYTE_ARRAY event_id (STRING);
  OPTIONAL INT64 created_date (TIMESTAMP(MICROS,true));
  OPTIONAL INT64 total_event_count;
  OPTIONAL BOOLEAN authenticated;
  OPTIONAL DOUBLE latitude;
  OPTIONAL BYTE_ARRAY json (STRING);
}
";
    assert_eq!(String::from_utf8(schema).unwrap(), expected);
    let [group] = reader.metadata().row_groups() else {
        panic!("2,500 small rows are one row group");
    };
    assert_eq!(group.num_rows(), 2_500);
    for column in group.columns() {
        let name = column.column_descr().name();
        let is_json = name == "json";
        assert!(matches!(column.compression(), basic::Compression::ZSTD(_)));
        assert_eq!(column.statistics().is_none(), is_json, "{name}");
        assert_eq!(column.column_index_offset().is_none(), is_json, "{name}");
        assert!(column.offset_index_offset().is_some(), "{name}");
        let has_dictionary = column.dictionary_page_offset().is_some();
        assert_eq!(
            has_dictionary,
            !is_json && name != "authenticated",
            "{name}"
        );
    }
    let statistics = group.column(0).statistics().unwrap();
    let least_and_most = (statistics.min_bytes_opt(), statistics.max_bytes_opt());
    assert_eq!(least_and_most, (Some(&b"e-0"[..]), Some(&b"e-999"[..])));
    assert_eq!(statistics.null_count_opt(), Some(0));
    let statistics = group.column(4).statistics().unwrap();
    assert_eq!(statistics.null_count_opt(), Some(2_500));
}

/// Titles that are too many for a dictionary and compress badly: events of several row groups.
fn titles() -> Vec<String> {
    let mut random = 7_u64;
    let title = |_| {
        let digits = (0..128).map(|_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            format!("{random:016x}")
        });
        digits.collect()
    };
    (0..6_000).map(title).collect()
}

fn write_titles<W: Write + Send>(writer: &mut FileWriter<W>, titles: &[String]) -> io::Result<()> {
    for (index, title) in titles.iter().enumerate() {
        let json = format!(
            r#"{{"id":"e-{index}","eventType":"a.WebEvent","webEvent":{{"page":{{"title":"{title}"}}}}}}"#
        );
        writer.write(&Row {
            session: "s",
            synced_at: None,
            json: &json,
        })?;
    }
    Ok(())
}

#[test]
fn a_large_file_of_parquet_has_several_row_groups_and_every_row_in_order() {
    let mut writer = FileWriter::new(Vec::new(), &Layout::new(Format::Parquet)).unwrap();
    let titles = titles();
    write_titles(&mut writer, &titles).unwrap();
    let reader = SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap();
    let groups = reader.metadata().row_groups();
    assert!(groups.len() > 1);
    for group in groups {
        assert!(group.compressed_size() < 10 << 20, "{group:?}");
    }
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().collect();
    assert_eq!(rows.len(), titles.len());
    for (index, (row, title)) in rows.into_iter().zip(&titles).enumerate() {
        let row = row.unwrap();
        assert_eq!(row.get_string(0).unwrap(), &format!("e-{index}"));
        assert_eq!(row.get_string(12).unwrap(), title);
    }
}

/// Fails once, at the first write that this many bytes have no room for.
#[derive(Debug)]
struct FailsOnce(Option<usize>);

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(room) = self.0 {
            self.0 = room.checked_sub(bytes.len());
            self.0.ok_or(io::ErrorKind::StorageFull)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_of_write_or_finish() {
    for layout in layouts() {
        let room = write(&layout, 200).len();
        for missing in [1, room] {
            let file = || {
                let mut writer = FileWriter::new(FailsOnce(Some(room - missing)), &layout)?;
                for index in 0..200 {
                    writer.write(&Row {
                        session: "s",
                        synced_at: Some("2026-02-03T04:05:06.123456Z".parse().unwrap()),
                        json: &json(index),
                    })?;
                }
                writer.finish()
            };
            let error = file().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error:?}");
        }
    }
}

#[test]
fn a_file_cannot_be_completed_after_an_error() {
    let titles = titles();
    for layout in layouts() {
        let mut writer = FileWriter::new(FailsOnce(Some(1 << 20)), &layout).unwrap();
        let error = write_titles(&mut writer, &titles).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error:?}");
        write_titles(&mut writer, &titles).unwrap_err();
        writer.flush().unwrap_err();
        writer.finish().unwrap_err();
    }
}

#[test]
fn an_event_with_line_breaks_is_one_line_of_ndjson() {
    for format in TEXT {
        let layout = Layout::new(format).with_compression(Compression::None);
        let layout = layout.unwrap();
        let text = decompressed(&layout, &write(&layout, 2));
        let lines = text.lines().count();
        assert_eq!(lines, if format == Format::Csv { 3 } else { 2 }, "{text}");
    }
}
