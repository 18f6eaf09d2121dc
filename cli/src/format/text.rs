//! NDJSON, JSON and CSV.

use journey_events::Event;

use super::columns::{COLUMNS, Cell, cells};
use super::kind::Format;
use super::line;

/// Whether text that a spreadsheet would run as a formula gets an apostrophe in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Formulas {
    Disarmed,
    Kept,
}

/// Writes events as text.
#[derive(Debug)]
pub(crate) struct TextWriter {
    format: Format,
    formulas: Formulas,
    is_begun: bool,
}

impl TextWriter {
    pub(crate) fn new(format: Format, formulas: Formulas) -> Self {
        Self {
            format,
            formulas,
            is_begun: false,
        }
    }

    /// Adds an event to the text.
    pub(crate) fn push(&mut self, text: &mut Vec<u8>, event: &Event) {
        let is_first = !self.is_begun;
        self.begin(text);
        match self.format {
            Format::Json => {
                if !is_first {
                    // In place of the line's end.
                    text.extend_from_slice(b",\n");
                }
                line::push(text, event.json());
                text.pop();
            }
            Format::Csv => self.push_row(text, event),
            Format::Ndjson | Format::Parquet => line::push(text, event.json()),
        }
    }

    /// Ends the text, also one without any event.
    pub(crate) fn end(&mut self, text: &mut Vec<u8>) {
        self.begin(text);
        if self.format == Format::Json {
            text.extend_from_slice(b"\n]\n");
        }
    }

    fn begin(&mut self, text: &mut Vec<u8>) {
        if self.is_begun {
            return;
        }
        self.is_begun = true;
        match self.format {
            Format::Json => text.extend_from_slice(b"[\n"),
            Format::Csv => record(text, COLUMNS.iter().map(|column| column.name)),
            Format::Ndjson | Format::Parquet => {}
        }
    }

    fn push_row(&self, text: &mut Vec<u8>, event: &Event) {
        let shown = |cell: Cell| match cell {
            Cell::Null => String::new(),
            Cell::Text(text) if self.formulas == Formulas::Disarmed => disarmed(text),
            Cell::Text(text) => text,
            Cell::Integer(number) => number.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Boolean(value) => value.to_string(),
            // All of the same length: some readers take the first one for the form of all.
            Cell::Time(at) => format!("{at:.6}"),
        };
        record(text, cells(event).into_iter().map(shown));
    }
}

/// Writes one record (RFC 4180, with `\n`).
fn record<T: AsRef<[u8]>>(text: &mut Vec<u8>, fields: impl Iterator<Item = T>) {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(4 * 1024)
        .from_writer(text);
    // Memory takes everything.
    let _ = writer.write_record(fields);
    let _ = writer.flush();
}

/// Text that a spreadsheet takes as text: one that begins as a formula does gets an apostrophe in front
/// (OWASP, "CSV Injection").
fn disarmed(mut text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        text.insert(0, '\'');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(ids: &[&str]) -> Vec<Event> {
        let json =
            |id: &&str| Event::from_json(&format!(r#"{{"id":{id:?},"eventType":"t"}}"#)).unwrap();
        ids.iter().map(json).collect()
    }

    fn written(format: Format, formulas: Formulas, ids: &[&str]) -> String {
        let mut writer = TextWriter::new(format, formulas);
        let mut text = Vec::new();
        for event in events(ids) {
            writer.push(&mut text, &event);
        }
        writer.end(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn json_is_one_array() {
        for ids in [&[][..], &["a"], &["a", "b", "c"]] {
            let text = written(Format::Json, Formulas::Kept, ids);
            let array: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            let read: Vec<_> = array
                .iter()
                .map(|event| event["id"].as_str().unwrap())
                .collect();
            assert_eq!(read, ids);
        }
    }

    #[test]
    fn csv_has_a_header_and_a_record_an_event() {
        let text = written(Format::Csv, Formulas::Disarmed, &["a,\"\n", "b"]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().get(0), Some("event_id"));
        let ids: Vec<_> = reader
            .records()
            .map(|record| record.unwrap()[0].to_owned())
            .collect();
        assert_eq!(ids, ["a,\"\n", "b"]);
        assert!(written(Format::Csv, Formulas::Kept, &[]).starts_with("event_id,"));
    }

    #[test]
    fn attack_11_formulas_are_disarmed_unless_they_are_asked_for() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            for (formulas, expected) in [
                (Formulas::Disarmed, format!("'{formula}")),
                (Formulas::Kept, formula.to_owned()),
            ] {
                let text = written(Format::Csv, formulas, &[formula]);
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let record = reader.records().next().unwrap().unwrap();
                assert_eq!(record[0], expected);
            }
        }
    }
}
