//! The files that `--from` names: one, or those of a dataset.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::Format;

/// Where events are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Stdin,
    File(PathBuf),
    /// The data files of a folder, sorted by name.
    Files(Vec<PathBuf>),
}

const CSV: &str = "CSV has columns made of the events, but not the events themselves, which a report shows\n  \
                   next: export NDJSON, JSON or Parquet, or name the sessions instead";
const BUCKET: &str =
    "only a dataset in a folder can be read\n  next: copy the bucket's files into a folder";
const EMPTY: &str = "the folder has no .parquet, .ndjson or .json files\n  next: give a dataset of \
                     `journey-events sync`, or a file written by `journey-events events`";

/// Finds the files. The error says what is wrong with them.
pub(super) fn resolve(path: &Path) -> Result<Source, String> {
    let problem = |what: &str| format!("can't read {}: {what}", path.display());
    if path == Path::new("-") {
        return Ok(Source::Stdin);
    }
    if path.to_str().is_some_and(|text| text.contains("://")) {
        return Err(problem(BUCKET));
    }
    if !path.is_dir() {
        return if is_csv(path) {
            Err(problem(CSV))
        } else {
            Ok(Source::File(path.to_owned()))
        };
    }
    let mut files = Vec::new();
    add_files(path, &mut files).map_err(|error| problem(&error.to_string()))?;
    files.sort_unstable();
    if files.is_empty() {
        return Err(problem(EMPTY));
    }
    if files.iter().any(|file| is_csv(file)) {
        return Err(problem(CSV));
    }
    Ok(Source::Files(files))
}

/// Adds a folder's data files. What begins with `_` or `.` isn't data.
fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['_', '.']) {
            continue;
        }
        if path.is_dir() {
            add_files(&path, files)?;
        } else if format_of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_csv(path: &Path) -> bool {
    format_of(path) == Some(Format::Csv)
}

/// Returns the format that a file's name says, compressed or not.
fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".zst").unwrap_or(name);
    Format::of_extension(name.rsplit_once('.')?.1)
}

/// Returns the reason if a text is CSV whatever its name: its first line is a header of columns.
pub(super) fn refuse_csv(first_line: &[u8]) -> Result<(), String> {
    let line = first_line.trim_ascii();
    let is_header = !line.contains(&b'{')
        && line.split(|byte| *byte == b',').any(|name| {
            matches!(
                name.trim_ascii(),
                b"event_id" | b"session_id" | b"event_type" | b"json"
            )
        });
    if is_header {
        Err(CSV.to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datasets_files_are_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let day = folder.path().join("date=2026-01-01");
        for name in ["_journey-events", "date=2026-01-01"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let write = |name: &str| fs::write(folder.path().join(name), "").unwrap();
        write("_journey-events/dataset.json");
        write("notes.txt");
        assert!(
            resolve(folder.path())
                .unwrap_err()
                .contains("has no .parquet")
        );
        write("date=2026-01-01/b.ndjson.zst");
        write("date=2026-01-01/a.parquet");
        let files = vec![day.join("a.parquet"), day.join("b.ndjson.zst")];
        assert_eq!(resolve(folder.path()), Ok(Source::Files(files)));
        write("date=2026-01-01/c.CSV.gz");
        for csv in [folder.path().to_owned(), day.join("c.CSV.gz")] {
            assert!(
                resolve(&csv).unwrap_err().contains("not the events"),
                "{csv:?}"
            );
        }
        assert!(
            resolve(Path::new("s3://b/d"))
                .unwrap_err()
                .contains("in a folder")
        );
    }

    #[test]
    fn a_header_of_columns_is_csv() {
        assert!(refuse_csv(b"event_id,session_id\n").is_err());
        assert!(refuse_csv(b"{\"a\":\"event_id\",\"session_id\":0}").is_ok());
        assert!(refuse_csv(b"not an event").is_ok());
    }
}
