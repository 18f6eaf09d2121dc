//! NDJSON, CSV and one JSON array.

use journey_events::Event;
use journey_events_dataset::format::{self, Csv, Layout, Row, line};

use super::kind::{Format, Formulas};

/// Writes events as text.
#[derive(Debug)]
pub(crate) enum TextWriter {
    Array(JsonArray),
    Csv { csv: Csv, has_header: bool },
    Ndjson,
}

impl TextWriter {
    pub(crate) fn new(format: Format, formulas: Formulas) -> Self {
        match format {
            Format::Json => Self::Array(JsonArray::default()),
            Format::Csv => Self::Csv {
                csv: Csv::new(&layout(format::Format::Csv).with_formulas(formulas.into())),
                has_header: false,
            },
            Format::Ndjson | Format::Parquet => Self::Ndjson,
        }
    }

    /// Appends an event to the text.
    pub(crate) fn push(&mut self, text: &mut Vec<u8>, event: &Event) {
        match self {
            Self::Array(array) => array.push(text, event.json()),
            Self::Csv { csv, has_header } => {
                push_header_once(text, csv, has_header);
                csv.push(text, &row(event.json()));
            }
            Self::Ndjson => line::push(text, event.json()),
        }
    }

    /// Completes the text, even if it has no events.
    pub(crate) fn end(&mut self, text: &mut Vec<u8>) {
        match self {
            Self::Array(array) => array.end(text),
            Self::Csv { csv, has_header } => push_header_once(text, csv, has_header),
            Self::Ndjson => {}
        }
    }
}

/// Returns the layout of exports. They keep no time per event.
pub(crate) fn layout(format: format::Format) -> Layout {
    Layout::new(format).without_synced_at()
}

/// Returns the row of an event. The lines of an export don't have the session it was read from.
pub(crate) fn row(json: &str) -> Row<'_> {
    Row {
        session: "",
        synced_at: None,
        json,
    }
}

fn push_header_once(text: &mut Vec<u8>, csv: &Csv, has_header: &mut bool) {
    if !*has_header {
        csv.push_header(text);
        *has_header = true;
    }
}

/// Events as one JSON array, an event per line.
#[derive(Debug, Default)]
pub(crate) struct JsonArray {
    has_started: bool,
}

impl JsonArray {
    fn push(&mut self, text: &mut Vec<u8>, json: &str) {
        // After the first event, a comma completes the line of the event before.
        text.extend_from_slice(if self.has_started { b",\n" } else { b"[\n" });
        self.has_started = true;
        line::push(text, json);
        text.pop();
    }

    fn end(&mut self, text: &mut Vec<u8>) {
        let end: &[u8] = if self.has_started {
            b"\n]\n"
        } else {
            b"[\n\n]\n"
        };
        text.extend_from_slice(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_array() {
        for ids in [&[][..], &["a"], &["a", "b", "c"]] {
            let mut writer = TextWriter::new(Format::Json, Formulas::Keep);
            let mut text = Vec::new();
            for id in ids {
                let json = format!(r#"{{"id":{id:?},"eventType":"t"}}"#);
                writer.push(&mut text, &Event::from_json(&json).unwrap());
            }
            writer.end(&mut text);
            let array: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
            let read: Vec<_> = array
                .iter()
                .map(|event| event["id"].as_str().unwrap())
                .collect();
            assert_eq!(read, ids);
        }
    }
}
