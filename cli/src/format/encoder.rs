//! Writes events in a format.

use std::io::{self, Write};

use journey_events::Event;
use journey_events_dataset::format::{Compression, FileWriter, Formulas, Layout, Row, line};
use serde::de::IgnoredAny;

use super::kind::Format;

const INVALID_BODY: &str = "an event's body isn't valid JSON, so the array wouldn't be either\n  next: use \
                            `--format ndjson`, which writes each event as sent";

/// A format and its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) format: Format,
    /// Of the file, and of the pages within Parquet. JSON arrays aren't compressed.
    pub(crate) compression: Compression,
    pub(crate) formulas: Formulas,
}

impl Encoding {
    /// Lines of events as the service sent them.
    pub(crate) const LINES: Self = Self {
        format: Format::Ndjson,
        compression: Compression::None,
        formulas: Formulas::Keep,
    };

    /// Whether a reader may not have what was written before the end.
    pub(crate) fn holds_back(self) -> bool {
        self.compression != Compression::None
    }
}

/// Writes events to a sink.
#[derive(Debug)]
pub(crate) enum Encoder<W: Write + Send> {
    Rows(FileWriter<W>),
    Array(JsonArray<W>),
}

impl<W: Write + Send> Encoder<W> {
    pub(crate) fn new(sink: W, encoding: Encoding) -> io::Result<Self> {
        let Some(format) = encoding.format.of_files() else {
            return Ok(Self::Array(JsonArray::new(sink)));
        };
        // An export has no time of a sync.
        let layout = Layout::new(format).without_synced_at();
        let layout = layout.with_formulas(encoding.formulas);
        let layout = layout.with_compression(encoding.compression);
        let layout = layout.map_err(io::Error::other)?;
        FileWriter::new(sink, &layout).map(Self::Rows)
    }

    /// Writes an event that was read from a session.
    pub(crate) fn push(&mut self, session: &str, event: &Event) -> io::Result<()> {
        match self {
            Self::Rows(rows) => rows.write(&Row {
                session,
                synced_at: None,
                json: event.json(),
            }),
            Self::Array(array) => array.push(event.json()),
        }
    }

    /// Passes complete lines to the sink. Compressed formats and Parquet keep theirs.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Rows(rows) => rows.flush(),
            Self::Array(array) => array.flush(),
        }
    }

    /// Completes the text or file, even if it has no events, and returns the sink.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Rows(rows) => rows.finish(),
            Self::Array(array) => array.finish(),
        }
    }
}

/// Events as one JSON array, an event per line.
#[derive(Debug)]
pub(crate) struct JsonArray<W> {
    sink: W,
    text: Vec<u8>,
    has_started: bool,
}

impl<W: Write> JsonArray<W> {
    fn new(sink: W) -> Self {
        Self {
            sink,
            text: Vec::new(),
            has_started: false,
        }
    }

    fn push(&mut self, json: &str) -> io::Result<()> {
        if serde_json::from_str::<IgnoredAny>(json).is_err() {
            // One invalid event would make the whole document invalid.
            return Err(io::Error::new(io::ErrorKind::InvalidData, INVALID_BODY));
        }
        // After the first event, a comma completes the line of the event before.
        let before: &[u8] = if self.has_started { b",\n" } else { b"[\n" };
        self.has_started = true;
        self.text.extend_from_slice(before);
        line::push(&mut self.text, json);
        self.text.pop();
        if self.text.len() < CHUNK {
            return Ok(());
        }
        self.write_text()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_text()?;
        self.sink.flush()
    }

    fn finish(mut self) -> io::Result<W> {
        let end: &[u8] = if self.has_started {
            b"\n]\n"
        } else {
            b"[\n]\n"
        };
        self.text.extend_from_slice(end);
        self.flush()?;
        Ok(self.sink)
    }

    fn write_text(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }
}

/// Text that is written at once.
const CHUNK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_array() {
        for ids in [&[][..], &["a"], &["a", "b", "c"]] {
            let encoding = Encoding {
                format: Format::Json,
                ..Encoding::LINES
            };
            let mut encoder = Encoder::new(Vec::new(), encoding).unwrap();
            for id in ids {
                let json = format!(r#"{{"id":{id:?},"eventType":"t"}}"#);
                let event = Event::from_json(&json).unwrap();
                encoder.push("s", &event).unwrap();
            }
            let text = encoder.finish().unwrap();
            let array: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
            let read = array.iter().map(|event| event["id"].as_str().unwrap());
            assert!(read.eq(ids.iter().copied()));
        }
    }

    #[test]
    fn an_array_is_valid_or_an_error() {
        let mut array = JsonArray::new(Vec::new());
        array.push(r#"{"id":"a"}"#).unwrap();
        let invalid = array.push(r#"{"id":"b","webEvent":{"a":tru}}"#);
        assert_eq!(invalid.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(array.finish().unwrap(), b"[\n{\"id\":\"a\"}\n]\n");
    }

    #[test]
    fn lines_reach_the_sink_when_flushed() {
        for format in [Format::Ndjson, Format::Csv, Format::Json] {
            let mut text = Vec::new();
            let encoding = Encoding {
                format,
                ..Encoding::LINES
            };
            let mut encoder = Encoder::new(&mut text, encoding).unwrap();
            let event = Event::from_json(r#"{"id":"e-1","eventType":"t"}"#).unwrap();
            encoder.push("s-1", &event).unwrap();
            encoder.flush().unwrap();
            drop(encoder);
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("e-1"), "{format:?}: {text}");
        }
    }
}
