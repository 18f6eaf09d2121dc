//! CSV.

use std::borrow::Cow;

use super::cell::{Cell, Cells};
use super::kind::Formulas;
use super::layout::Layout;
use super::row::Row;

/// Makes the records of CSV, uncompressed: for a stream. [`FileWriter`](super::FileWriter) writes files.
///
/// ```
/// use journey_events_dataset::format::{Csv, Format, Layout, Row};
///
/// fn print(rows: &[Row<'_>]) {
///     let csv = Csv::new(&Layout::new(Format::Csv).without_synced_at());
///     let mut text = Vec::new();
///     csv.push_header(&mut text);
///     rows.iter().for_each(|row| csv.push(&mut text, row));
///     print!("{}", String::from_utf8_lossy(&text));
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    layout: Layout,
}

impl Csv {
    /// Takes the columns and what to do with formulas; format and compression don't matter.
    ///
    /// ```
    /// use journey_events_dataset::format::{Csv, Format, Layout};
    ///
    /// let csv = Csv::new(&Layout::new(Format::Csv).without_synced_at());
    /// ```
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        let layout = layout.clone();
        Self { layout }
    }

    /// Appends the header.
    ///
    /// ```
    /// use journey_events_dataset::format::{Csv, Format, Layout};
    ///
    /// let csv = Csv::new(&Layout::new(Format::Csv).with_columns(["event_id", "session_id"])?);
    /// let mut text = Vec::new();
    /// csv.push_header(&mut text);
    /// assert_eq!(text, b"event_id,session_id\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_header(&self, text: &mut Vec<u8>) {
        push_record(text, self.layout.columns());
    }

    /// Appends a row.
    ///
    /// ```
    /// use journey_events_dataset::format::{Csv, Format, Layout, Row};
    ///
    /// let csv = Csv::new(&Layout::new(Format::Csv).with_columns(["event_id", "session_id"])?);
    /// let mut text = Vec::new();
    /// let row = Row {
    ///     session: "s-1",
    ///     synced_at: None,
    ///     json: r#"{"id":"e-1","eventType":"com.genesys.journey.WebEvent"}"#,
    /// };
    /// csv.push(&mut text, &row);
    /// assert_eq!(text, b"e-1,s-1\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&self, text: &mut Vec<u8>, row: &Row<'_>) {
        let mut cells = Cells::of(row);
        let columns = self.layout.definitions().iter();
        push_record(text, columns.map(|column| self.field(cells.cell(column))));
    }

    fn field<'a>(&self, cell: Cell<'a>) -> Cow<'a, str> {
        match cell {
            Cell::Null => "".into(),
            Cell::Text(text) if self.layout.formulas() == Formulas::Disarm => disarmed(text),
            Cell::Text(text) => text,
            Cell::Integer(number) => number.to_string().into(),
            Cell::Number(number) => number.to_string().into(),
            Cell::Boolean(value) => value.to_string().into(),
            // Always six digits: some readers infer the format of the column from its first value.
            Cell::Time(at) => format!("{at:.6}").into(),
        }
    }
}

/// Appends one record (RFC 4180, but with `\n`).
fn push_record<T: AsRef<str>>(text: &mut Vec<u8>, fields: impl Iterator<Item = T>) {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(4 * 1024)
        .from_writer(text);
    for field in fields {
        // Writing to memory doesn't fail.
        let _ = writer.write_field(field.as_ref());
    }
    let _ = writer.write_record(None::<&[u8]>);
    let _ = writer.flush();
}

/// Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, "CSV Injection").
fn disarmed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}").into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::kind::Format;

    fn written(formulas: Formulas, ids: &[&str]) -> String {
        let csv = Csv::new(&Layout::new(Format::Csv).with_formulas(formulas));
        let mut text = Vec::new();
        csv.push_header(&mut text);
        for id in ids {
            let json = format!(r#"{{"id":{id:?},"eventType":"t"}}"#);
            csv.push(
                &mut text,
                &Row {
                    session: "s",
                    synced_at: Some("2026-02-03T04:05:06Z".parse().unwrap()),
                    json: &json,
                },
            );
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn csv_has_a_header_and_one_record_per_event() {
        let text = written(Formulas::Disarm, &["a,\"\n", "b"]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        assert_eq!(
            (&header[0], &header[3], &header[header.len() - 1]),
            ("event_id", "session_id", "synced_at")
        );
        assert!(header.iter().all(|name| name != "json"));
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        let ids: Vec<_> = records.iter().map(|record| &record[0]).collect();
        assert_eq!(ids, ["a,\"\n", "b"]);
        for record in &records {
            assert_eq!(
                (&record[3], &record[header.len() - 1]),
                ("s", "2026-02-03T04:05:06.000000Z")
            );
        }
        assert!(written(Formulas::Keep, &[]).starts_with("event_id,"));
    }

    #[test]
    fn attack_11_formulas_are_disarmed_unless_kept_on_request() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            for (formulas, expected) in [
                (Formulas::Disarm, format!("'{formula}")),
                (Formulas::Keep, formula.to_owned()),
            ] {
                let text = written(formulas, &[formula]);
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let record = reader.records().next().unwrap().unwrap();
                assert_eq!(record[0], expected);
            }
        }
    }
}
