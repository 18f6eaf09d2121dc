//! Files and folders: owner only, synced, and errors that name the path.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::owner_only;

/// Makes a folder for the owner only, with those above it, unless it is there.
pub(super) fn create_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    owner_only::folder()
        .recursive(true)
        .create(path)
        .map_err(|error| Error::disk("create the folder", path, error))?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

/// Returns the folder that a file is or would be in, or the closest above it that is there.
pub(super) fn existing_folder_of(path: &Path) -> &Path {
    let mut folders = path.ancestors().skip(1);
    let named = folders.find(|folder| folder.is_dir());
    named.unwrap_or(Path::new("."))
}

/// Makes a new file for the owner only. Another one there is an error.
pub(super) fn create_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true);
    open_with(&mut options, path).map_err(|error| Error::disk("create", path, error))
}

fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    owner_only::file(options).read(true).write(true).open(path)
}

/// Writes and syncs a new file. Nothing is left of it after an error.
pub(super) fn write_new(path: &Path, text: &[u8]) -> Result<()> {
    let mut file = create_file(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    written.map_err(|error| {
        discard(path);
        Error::disk("write", path, error)
    })
}

/// Reads a file; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::disk("read", path, error)),
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    // Windows can't, and doesn't need it.
    if cfg!(not(unix)) {
        return Ok(());
    }
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Error::disk("sync the folder", path, error))
}

/// Removes a file, unless it is gone.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::disk("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Removes a file that was left by an error, which is what is reported.
pub(super) fn discard(path: &Path) {
    if let Err(error) = remove(path) {
        tracing::debug!(%error, "left a temporary file");
    }
}

/// Returns the names of the files in a folder; none if there is no such folder.
pub(super) fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::disk("list", folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Error::disk("list", folder, error))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// Gives a file its final name, unless there is one of that name already. Returns whether it did.
pub(super) fn link_new(file: &Path, name: &Path) -> Result<bool> {
    match fs::hard_link(file, name) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) if cannot_link(&error) => rename_new(file, name, error),
        Err(error) => Err(Error::disk("publish", name, error)),
    }
}

/// Returns whether the file system has no hard links (FAT, some network and FUSE ones).
fn cannot_link(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::TooManyLinks
    )
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_new(file: &Path, name: &Path, link_error: io::Error) -> Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    match renameat_with(CWD, file, CWD, name, RenameFlags::NOREPLACE).map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(_) => Err(no_links(name, link_error)),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_new(_: &Path, name: &Path, link_error: io::Error) -> Result<bool> {
    Err(no_links(name, link_error))
}

fn no_links(name: &Path, error: io::Error) -> Error {
    let general = Error::disk("publish", name, io::Error::from(error.kind()));
    if general.kind() == ErrorKind::ReadOnly {
        return general.with_source(error);
    }
    let message = format!(
        "can't publish `{}`: its file system has no hard links, without which a file could be replaced; \
         next: use another file system",
        name.display()
    );
    Error::new(ErrorKind::Unsupported, message).with_source(error)
}

/// A file that this process has locked. Unlocked by its drop, and by the process's end.
#[derive(Debug)]
pub(super) struct LockedFile {
    _file: File,
    path: PathBuf,
}

impl LockedFile {
    /// Locks a file, made if it isn't there; `None` if another process has locked it.
    pub(super) fn lock(path: &Path) -> Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.create(true);
        let file =
            open_with(&mut options, path).map_err(|error| Error::disk("create", path, error))?;
        Self::try_lock(file, path)
    }

    /// Locks a file that is there; `None` if another process has locked it or it is gone.
    pub(super) fn lock_existing(path: &Path) -> Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Self::try_lock(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::disk("open", path, error)),
        }
    }

    fn try_lock(file: File, path: &Path) -> Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self {
                _file: file,
                path: path.to_owned(),
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::disk("lock", path, error)),
        }
    }

    /// Removes the file, then unlocks it.
    pub(super) fn remove(self) {
        discard(&self.path);
    }
}
