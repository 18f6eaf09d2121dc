//! Partial files: where events are until their file is complete.
//!
//! In every format, events are first collected as lines of JSON in `NAME.part`. Unlike Parquet, lines
//! can be truncated anywhere and appended to. The file is converted once it has all events.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use journey_events::Event;
use journey_events_dataset::format::{self, FileWriter};

use crate::atomic_file::owner_only;
use crate::format::{Format, Formulas, TextWriter, layout, row};

/// Creates the partial file; an error if it exists.
pub(super) fn create(path: &Path) -> io::Result<File> {
    owner_only(OpenOptions::new().write(true).create_new(true)).open(part_of(path))
}

/// Opens the partial file to append after its first `bytes`, and drops the rest.
pub(super) fn reopen(path: &Path, bytes: u64) -> io::Result<File> {
    let part = part_of(path);
    let mut options = OpenOptions::new();
    options.write(true).create(bytes == 0).truncate(false);
    let mut file = owner_only(&mut options).open(&part)?;
    if file.metadata()?.len() < bytes {
        let problem = format!("{} is shorter than its checkpoint says", part.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    file.set_len(bytes)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

/// Publishes the partial file under its final name, converted to its format.
///
/// The partial file remains, except for NDJSON, where it is renamed.
pub(super) fn publish(path: &Path, format: Format, formulas: Formulas) -> io::Result<()> {
    let part = part_of(path);
    if format == Format::Ndjson {
        File::open(&part)?.sync_all()?;
        return fs::rename(part, path);
    }
    let converted = with_suffix(path, ".part.whole");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let file = owner_only(&mut options).open(&converted)?;
    let lines = BufReader::new(File::open(&part)?).lines();
    let events = lines.map(|line| Event::from_json(&line?).map_err(io::Error::other));
    let file = match format {
        Format::Parquet => write_parquet(file, events)?,
        _ => write_text(file, TextWriter::new(format, formulas), events)?,
    };
    file.sync_all()?;
    fs::rename(converted, path)
}

/// Whether the file has been published and its partial file removed.
pub(super) fn is_published(path: &Path) -> bool {
    !part_of(path).exists() && path.exists()
}

/// Removes the partial file, if there is one.
pub(super) fn remove(path: &Path) {
    // A leftover file only takes up space.
    let _ = fs::remove_file(part_of(path));
}

fn part_of(path: &Path) -> PathBuf {
    with_suffix(path, ".part")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn write_parquet(file: File, events: impl Iterator<Item = io::Result<Event>>) -> io::Result<File> {
    let mut writer = FileWriter::new(file, &layout(format::Format::Parquet))?;
    for event in events {
        writer.write(&row(event?.json()))?;
    }
    writer.finish()
}

fn write_text(
    file: File,
    mut writer: TextWriter,
    events: impl Iterator<Item = io::Result<Event>>,
) -> io::Result<File> {
    let mut file = BufWriter::new(file);
    let mut text = Vec::new();
    for event in events {
        writer.push(&mut text, &event?);
        file.write_all(&text)?;
        text.clear();
    }
    writer.end(&mut text);
    file.write_all(&text)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)
}
