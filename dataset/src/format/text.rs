//! NDJSON and CSV.

use journey_events::Event;

use super::columns::{COLUMNS, Cell, cells};
use super::line;

/// The formats that are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextFormat {
    /// One event per line, exactly as the service sent it.
    Ndjson,
    /// Flat columns with a header row.
    Csv,
}

/// What CSV does with text that a spreadsheet would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Formulas {
    /// Prefix text that starts with `=`, `+`, `-`, `@`, a tab or a line break with an apostrophe.
    Disarm,
    /// Write text unchanged.
    Keep,
}

/// Writes events as text.
#[derive(Debug)]
pub struct TextWriter {
    format: TextFormat,
    formulas: Formulas,
    has_started: bool,
}

impl TextWriter {
    /// Starts a text.
    #[must_use]
    pub fn new(format: TextFormat, formulas: Formulas) -> Self {
        Self {
            format,
            formulas,
            has_started: false,
        }
    }

    /// Appends an event to the text.
    pub fn push(&mut self, text: &mut Vec<u8>, event: &Event) {
        self.start(text);
        match self.format {
            TextFormat::Csv => self.push_row(text, event),
            TextFormat::Ndjson => line::push(text, event.json()),
        }
    }

    /// Completes the text, even if it has no events.
    pub fn end(&mut self, text: &mut Vec<u8>) {
        self.start(text);
    }

    fn start(&mut self, text: &mut Vec<u8>) {
        if self.has_started {
            return;
        }
        self.has_started = true;
        if self.format == TextFormat::Csv {
            record(text, COLUMNS.iter().map(|column| column.name));
        }
    }

    fn push_row(&self, text: &mut Vec<u8>, event: &Event) {
        let field = |cell: Cell| match cell {
            Cell::Null => String::new(),
            Cell::Text(text) if self.formulas == Formulas::Disarm => disarmed(text),
            Cell::Text(text) => text,
            Cell::Integer(number) => number.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Boolean(value) => value.to_string(),
            // Always six digits: some readers infer the format of the column from its first value.
            Cell::Time(at) => format!("{at:.6}"),
        };
        record(text, cells(event).into_iter().map(field));
    }
}

/// Appends one record (RFC 4180, but with `\n`).
fn record<T: AsRef<[u8]>>(text: &mut Vec<u8>, fields: impl Iterator<Item = T>) {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(4 * 1024)
        .from_writer(text);
    // Writing to memory doesn't fail.
    let _ = writer.write_record(fields);
    let _ = writer.flush();
}

/// Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, "CSV Injection").
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

    fn written(format: TextFormat, formulas: Formulas, ids: &[&str]) -> String {
        let mut writer = TextWriter::new(format, formulas);
        let mut text = Vec::new();
        for event in events(ids) {
            writer.push(&mut text, &event);
        }
        writer.end(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn csv_has_a_header_and_one_record_per_event() {
        let text = written(TextFormat::Csv, Formulas::Disarm, &["a,\"\n", "b"]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().get(0), Some("event_id"));
        let ids: Vec<_> = reader
            .records()
            .map(|record| record.unwrap()[0].to_owned())
            .collect();
        assert_eq!(ids, ["a,\"\n", "b"]);
        assert!(written(TextFormat::Csv, Formulas::Keep, &[]).starts_with("event_id,"));
    }

    #[test]
    fn attack_11_formulas_are_disarmed_unless_kept_on_request() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            for (formulas, expected) in [
                (Formulas::Disarm, format!("'{formula}")),
                (Formulas::Keep, formula.to_owned()),
            ] {
                let text = written(TextFormat::Csv, formulas, &[formula]);
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let record = reader.records().next().unwrap().unwrap();
                assert_eq!(record[0], expected);
            }
        }
    }
}
