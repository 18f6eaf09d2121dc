//! Reads events from files: NDJSON, JSON and Parquet, whatever their names.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read as _, Seek as _};
use std::path::Path;

use journey_events::Event;
use journey_events_dataset::format::{JsonColumn, decompressed};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::{AddError, ModelBuilder};
use super::source::{self, Source, refuse_csv};
use crate::options::filter::TimeRange;

const PARQUET: &[u8] = b"PAR1";

/// Which sessions of a file are wanted, and which of them were found; all if none is named.
#[derive(Debug)]
struct Selection(HashMap<String, bool>);

impl Selection {
    fn contains(&mut self, event: &Event) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let session = event.session().and_then(|session| session.id.as_deref());
        let found = session.and_then(|id| self.0.get_mut(id));
        found.map(|found| *found = true).is_some()
    }
}

/// Why reading ended early: with a file, or with a report that is full.
#[derive(Debug)]
pub(super) enum ReadError {
    File(String),
    Add(AddError),
}

impl From<AddError> for ReadError {
    fn from(error: AddError) -> Self {
        Self::Add(error)
    }
}

/// Reads all events of what `path` names.
pub(super) fn read(path: &Path, reader: &mut Reader) -> Result<(), ReadError> {
    match source::resolve(path).map_err(ReadError::File)? {
        Source::Stdin => {
            let text = decompressed(BufReader::new(io::stdin()));
            reader.text(text.map_err(|error| unreadable("stdin", &error))?, "stdin")
        }
        Source::File(path) => reader.file(&path),
        Source::Files(paths) => paths.iter().try_for_each(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            reader.place = format!("{name}:");
            reader.file(path)
        }),
    }
}

fn unreadable(name: &str, error: &io::Error) -> ReadError {
    let next = "next: choose a file written by `journey-events events`, or a dataset";
    ReadError::File(format!("can't read {name}: {error}\n  {next}"))
}

/// Adds events to a model.
#[derive(Debug)]
pub(super) struct Reader {
    model: ModelBuilder,
    range: TimeRange,
    selection: Selection,
    /// What the numbers of lines follow.
    place: String,
}

/// A page of events as the service sends it.
#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow)]
    entities: Vec<&'a RawValue>,
}

impl Reader {
    /// Reads the events of these sessions, or of all if there are none.
    pub(super) fn new(model: ModelBuilder, range: TimeRange, sessions: Vec<String>) -> Self {
        Self {
            model,
            range,
            selection: Selection(sessions.into_iter().map(|id| (id, false)).collect()),
            place: String::new(),
        }
    }

    /// Returns the sessions that no event is of, and the model.
    pub(super) fn finish(self) -> (ModelBuilder, Vec<String>) {
        let missing = self.selection.0.into_iter().filter(|(_, found)| !found);
        let mut missing: Vec<_> = missing.map(|(id, _)| id).collect();
        missing.sort_unstable();
        (self.model, missing)
    }

    fn file(&mut self, path: &Path) -> Result<(), ReadError> {
        let name = path.display().to_string();
        let failed = |error: io::Error| unreadable(&name, &error);
        let mut file = File::open(path).map_err(failed)?;
        let mut begin = Vec::new();
        // A pipe can't be read from its beginning again, and isn't Parquet.
        if file.metadata().is_ok_and(|file| file.is_file()) {
            let length = PARQUET.len() as u64;
            (&file)
                .take(length)
                .read_to_end(&mut begin)
                .map_err(failed)?;
            file.rewind().map_err(failed)?;
        }
        if begin == PARQUET {
            return self.parquet(file, &name);
        }
        let text = decompressed(BufReader::new(file)).map_err(failed)?;
        self.text(text, &name)
    }

    fn parquet(&mut self, file: File, name: &str) -> Result<(), ReadError> {
        let rows = JsonColumn::open(file).map_err(|error| unreadable(name, &error))?;
        for (row, json) in (1..).zip(rows) {
            match json {
                Ok(json) => self.event(json.as_bytes(), row)?,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => self.invalid(row),
                Err(error) => return Err(unreadable(name, &error)),
            }
        }
        Ok(())
    }

    /// Reads NDJSON line by line, so that stdin may be endless; JSON that spans lines as a whole.
    fn text(&mut self, mut text: Box<dyn BufRead>, name: &str) -> Result<(), ReadError> {
        let failed = |error: io::Error| unreadable(name, &error);
        let mut first = Vec::new();
        while json_of(&first).is_empty() && !first.contains(&b'[') {
            if text.read_until(b'\n', &mut first).map_err(failed)? == 0 {
                break;
            }
        }
        refuse_csv(&first)
            .map_err(|reason| ReadError::File(format!("can't read {name}: {reason}")))?;
        let line = json_of(&first);
        if serde_json::from_slice::<&RawValue>(line).is_ok_and(|json| json.get().starts_with('{'))
            && !is_listing(line)
        {
            return self.lines(Cursor::new(first).chain(text), name);
        }
        text.read_to_end(&mut first).map_err(failed)?;
        if self.document(&first)? {
            return Ok(());
        }
        self.lines(Cursor::new(first), name)
    }

    /// Reads an array, a page of the service or one event, however its lines are broken. Returns whether
    /// it is one.
    fn document(&mut self, text: &[u8]) -> Result<bool, AddError> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let events = serde_json::from_slice::<Vec<&RawValue>>(text)
            .or_else(|_| serde_json::from_slice(text).map(|Listing { entities }| entities))
            .or_else(|_| serde_json::from_slice(text).map(|event: &RawValue| vec![event]));
        let Ok(events) = events else {
            return Ok(false);
        };
        for (number, event) in (1..).zip(events) {
            self.event(event.get().as_bytes(), number)?;
        }
        Ok(true)
    }

    fn lines(&mut self, mut lines: impl BufRead, name: &str) -> Result<(), ReadError> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = lines.read_until(b'\n', &mut line);
            if read.map_err(|error| unreadable(name, &error))? == 0 {
                break;
            }
            let line = json_of(&line);
            if !line.is_empty() {
                self.event(line, number)?;
            }
        }
        Ok(())
    }

    fn event(&mut self, json: &[u8], number: u64) -> Result<(), AddError> {
        let event = str::from_utf8(json).ok().map(Event::from_json);
        match event {
            Some(Ok(event)) => {
                let is_wanted = self.selection.contains(&event);
                if is_wanted && self.range.contains(&event) {
                    self.model.push(&event)?;
                }
            }
            _ => self.invalid(number),
        }
        Ok(())
    }

    fn invalid(&mut self, number: u64) {
        self.model
            .add_invalid_line(format!("{}{number}", self.place));
    }
}

fn is_listing(json: &[u8]) -> bool {
    serde_json::from_slice::<Listing<'_>>(json).is_ok()
}

/// Returns the JSON of a line, without a byte order mark or the brackets and commas of an export with
/// `--format json`.
fn json_of(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.trim_ascii();
    match line {
        b"[" | b"]" => b"",
        _ => line.strip_suffix(b",").unwrap_or(line),
    }
}
