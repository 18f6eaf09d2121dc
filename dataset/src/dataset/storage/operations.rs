//! What a dataset needs of the place that it is in.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::dataset::disk::LockedFile;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Source;

/// The operations of a place. All block; what they write is durable when they return, unless they say
/// otherwise. A key is relative to the dataset, with `/`.
pub(crate) trait Storage: Debug + Send + Sync {
    /// Name of an object in messages; of the dataset for an empty key.
    fn shown(&self, key: &str) -> String;
    /// About how many bytes a data file has.
    fn file_bytes(&self) -> u64;
    /// The ledger's file, if it can be in the dataset.
    fn ledger(&self) -> Option<PathBuf>;

    /// Makes a folder, with those above it, where there are folders.
    fn create_folder(&self, folder: &str) -> Result<()>;
    /// Returns whether there is an object.
    fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.size(key)?.is_some())
    }
    /// Returns an object's length; `None` if there is none.
    fn size(&self, key: &str) -> Result<Option<u64>>;
    /// Reads a small object, with its version; `None` if there is none.
    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>>;
    /// Reads ranges of objects.
    fn ranges(&self) -> Box<dyn RangeReader + '_>;
    /// Removes an object, unless it is gone.
    fn remove(&self, key: &str) -> Result<()>;
    /// Returns the names in a folder, sorted; none if there is no such folder.
    fn names(&self, folder: &str) -> Result<Vec<String>>;
    /// Returns the objects outside `_journey-events/` with their lengths.
    fn files(&self, is_wanted: &dyn Fn(&str) -> bool) -> Result<HashMap<String, u64>>;

    /// Writes a small object in place of any other. Not synced.
    fn overwrite(&self, key: &str, bytes: &[u8]) -> Result<()>;
    /// Writes the pending identity, where `version` is the one that is there. Returns whether it still is.
    fn stage(&self, key: &str, bytes: &[u8], version: Option<&Version>) -> Result<bool>;
    /// Makes the pending identity the identity, unless there is one.
    fn promote(&self, pending: &str, key: &str, bytes: &[u8]) -> Result<Put>;
    /// Replaces the identity. Returns whether `version` was still there.
    fn replace_identity(
        &self,
        pending: &str,
        key: &str,
        bytes: &[u8],
        version: &Version,
    ) -> Result<bool>;

    /// Writes a new part. Nothing is left of it after an error.
    fn write_part(&self, key: &str, write: &mut WritePart<'_>) -> Result<()>;
    /// Builds a file and gives it its key, unless there is one. Another process sees all of it or nothing.
    /// [`make_durable`](Self::make_durable) must follow.
    fn publish(&self, file: &NewFile, write: &mut WriteFile<'_>) -> Result<Put>;
    /// Makes an object's name durable.
    fn make_durable(&self, key: &str) -> Result<()>;
    /// Replaces a file by a copy, atomically.
    fn replace(&self, file: &NewFile, copy: &mut CopyFile<'_>) -> Result<Replacement>;

    /// Locks a file, made if it isn't there; `None` if another process has locked it.
    fn lock(&self, key: &str) -> Result<Option<Lock>>;
    /// Locks a file that is there; `None` if another process has locked it or it is gone.
    fn lock_existing(&self, key: &str) -> Result<Option<Lock>>;
}

/// Writes a part's bytes.
pub(crate) type WritePart<'w> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'w;
/// Writes a file's bytes.
pub(crate) type WriteFile<'w> = dyn FnMut(&mut (dyn Write + Send)) -> Result<()> + 'w;
/// Writes a copy of a file.
pub(crate) type CopyFile<'w> = dyn FnMut(Source, &mut (dyn Write + Send)) -> Result<Copied> + 'w;

/// Reads ranges of objects.
pub(crate) trait RangeReader {
    /// Reads a range of a part. One that is gone or too short is an error.
    fn read(&mut self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>>;
}

/// A data file that is written.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    pub(crate) key: String,
    /// Where it is built, in a folder.
    pub(crate) building: String,
}

/// What became of an object that was written unless there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is there as written: by this call, or byte for byte by one before.
    AsWritten,
    /// There is another one.
    Other,
}

/// What became of a file that was to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// It has this many rows and bytes now.
    Done { rows: u64, bytes: u64 },
    /// Another process replaced it meanwhile.
    Changed,
    /// There is no such file.
    Missing,
}

/// What became of a file's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) kept: u64,
    pub(crate) removed: u64,
}

/// Which version of an object was read. Files have none: they are locked instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) e_tag: Option<String>,
    pub(crate) version: Option<String>,
}

/// A lock of this process, until it is dropped. Buckets have none.
#[derive(Debug)]
pub(crate) struct Lock(pub(crate) Option<LockedFile>);

impl Lock {
    /// Removes the locked file, then unlocks it.
    pub(crate) fn remove(self) {
        if let Some(file) = self.0 {
            file.remove();
        }
    }
}

pub(crate) fn damaged_part(shown: &str) -> Error {
    let message = format!(
        "the part `{shown}` is damaged or gone; next: restore it, or load everything into a new dataset"
    );
    Error::new(ErrorKind::Damaged, message)
}
