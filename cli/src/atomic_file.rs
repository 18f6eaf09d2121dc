//! Files that have their name once they are complete.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

/// A file that is written beside the one it will replace. Only its owner can read it: it holds customer
/// data. Dropped before it is published or kept, it is removed.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Creates a temporary file in the folder of `path`, and removes those of killed programs.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        remove_abandoned(folder);
        let mut name = Builder::new();
        let name = name.prefix(PREFIX).suffix(SUFFIX);
        let file = name.tempfile_in(folder)?;
        // Held while the program lives. Where there are no locks, abandoned files stay.
        let _ = file.as_file().try_lock();
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Returns the path until the file is published or kept.
    pub(crate) fn temporary(&self) -> &Path {
        self.file.path()
    }

    /// Syncs the file and gives it its name, replacing an earlier one.
    pub(crate) fn publish(self) -> io::Result<PathBuf> {
        self.file.as_file().sync_all()?;
        self.file
            .persist(&self.path)
            .map_err(|failed| failed.error)?;
        Ok(self.path)
    }

    /// Keeps what was written as `NAME.partial`, or `NAME.partial.2` and so on: it never replaces a file.
    pub(crate) fn keep_as_partial(self) -> io::Result<PathBuf> {
        let mut file = self.file;
        file.as_file().sync_all()?;
        for number in 1_u32.. {
            let path = partial_of(&self.path, number);
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = taken.file;
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

const PREFIX: &str = ".journey-events-";
const SUFFIX: &str = ".tmp";
/// A younger file may not be locked yet.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// Removes temporary files whose program was killed: nothing locks them any more.
fn remove_abandoned(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let is_temporary = name
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_temporary {
            continue;
        }
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let age = age.map(|modified| modified.elapsed().unwrap_or_default());
        let is_old = age.is_ok_and(|age| age > ABANDONED_AFTER);
        let open = || OpenOptions::new().write(true).open(entry.path());
        if is_old && open().is_ok_and(|file| file.try_lock().is_ok()) {
            // It only takes up space.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Replaces a file atomically.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content)?;
    file.publish().map(drop)
}

/// Returns the folder that contains `path`.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn partial_of(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    if number > 1 {
        name.push(format!(".{number}"));
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_once_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        fs::write(&path, "good").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "good");
        drop(file);
        assert_eq!(names(folder.path()), ["events.csv"]);
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_partial_file_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        for content in ["one", "two", "three"] {
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(content.as_bytes()).unwrap();
            let kept = file.keep_as_partial().unwrap();
            assert_eq!(fs::read_to_string(kept).unwrap(), content);
        }
        let expected = [
            "events.csv.partial",
            "events.csv.partial.2",
            "events.csv.partial.3",
        ];
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn a_killed_programs_file_is_removed_and_a_living_ones_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        let living = AtomicFile::create(&path).unwrap();
        let killed = folder.path().join(".journey-events-killed.tmp");
        let file = fs::File::create(&killed).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        file.set_modified(hour_ago).unwrap();
        living.file.as_file().set_modified(hour_ago).unwrap();
        drop(file);
        let young = folder.path().join(".journey-events-young.tmp");
        fs::write(&young, "").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert!(!killed.exists() && young.exists());
        living.publish().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn attack_13_only_the_owner_can_read_a_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        write_atomically(&path, b"x").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
