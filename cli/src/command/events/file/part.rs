//! Files that events go to: under another name until they are whole.
//!
//! Events are gathered as lines of JSON in `NAME.part`, in every format. Lines can be cut off at any
//! place and written on, which no file of Parquet can be; the format comes when all events are there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use journey_events::Event;

use crate::atomic_file::owner_only;
use crate::format::{Format, Formulas, ParquetWriter, TextWriter};

/// Whether what was the unfinished file has its name already.
pub(crate) fn is_named(path: &Path) -> bool {
    !part_of(path).exists() && path.exists()
}

/// The name of a file that is not yet whole.
fn part_of(path: &Path) -> PathBuf {
    with_ending(path, ".part")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Makes the unfinished file; it must not be there.
pub(crate) fn begin(path: &Path) -> io::Result<File> {
    owner_only(OpenOptions::new().write(true).create_new(true)).open(part_of(path))
}

/// Opens the unfinished file and cuts off what does not count.
pub(crate) fn go_on(path: &Path, bytes: u64) -> io::Result<File> {
    let part = part_of(path);
    let mut options = OpenOptions::new();
    let mut file =
        owner_only(options.write(true).create(bytes == 0).truncate(false)).open(&part)?;
    if file.metadata()?.len() < bytes {
        let problem = format!("{} is shorter than its checkpoint says", part.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    file.set_len(bytes)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

/// Gives the unfinished file its format and its name. The unfinished one stays, other than for lines,
/// where it is the finished one.
pub(crate) fn finish(path: &Path, format: Format, formulas: Formulas) -> io::Result<()> {
    let part = part_of(path);
    if format == Format::Ndjson {
        File::open(&part)?.sync_all()?;
        return fs::rename(part, path);
    }
    let whole = with_ending(path, ".part.whole");
    let mut options = OpenOptions::new();
    let to = owner_only(options.write(true).create(true).truncate(true)).open(&whole)?;
    let lines = BufReader::new(File::open(&part)?).lines();
    let events = lines.map(|line| Event::from_json(&line?).map_err(io::Error::other));
    let written = match format {
        Format::Parquet => write_parquet(to, events)?,
        _ => write_text(to, TextWriter::new(format, formulas), events)?,
    };
    written.sync_all()?;
    fs::rename(whole, path)
}

/// Removes the unfinished file, once it is of no use.
pub(crate) fn discard(path: &Path) {
    // What can't be removed is in nobody's way but its own.
    let _ = fs::remove_file(part_of(path));
}

fn write_parquet(to: File, events: impl Iterator<Item = io::Result<Event>>) -> io::Result<File> {
    let mut writer = ParquetWriter::new(to)?;
    for event in events {
        writer.push(&event?)?;
    }
    writer.end()
}

fn write_text(
    to: File,
    mut writer: TextWriter,
    events: impl Iterator<Item = io::Result<Event>>,
) -> io::Result<File> {
    let mut to = BufWriter::new(to);
    let mut text = Vec::new();
    for event in events {
        writer.push(&mut text, &event?);
        to.write_all(&text)?;
        text.clear();
    }
    writer.end(&mut text);
    to.write_all(&text)?;
    to.into_inner().map_err(io::IntoInnerError::into_error)
}
