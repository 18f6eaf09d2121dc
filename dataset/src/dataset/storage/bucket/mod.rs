//! A dataset in a bucket: every object is put in one request, under a condition.
//!
//! ```text
//! mod (the operations) ──► objects (put, get, list) ──► requests (blocking, repeated) ──► error
//!   └──► connect (clients from the environment)                  (what a failure means, and its words)
//! ```
//!
//! Nothing is renamed or copied, and nothing is locked. A new object is put if there is none (`Create`), one
//! that changes if it is still the version that was read (`Update`). A reply that is lost is no problem:
//! the put is repeated, and what it then finds is compared with what it wrote.
//!
//! A data file's key is never free again: it is created once and only replaced by
//! [`replace`](Storage::replace). So a publisher that was stopped for hours, and built the file before
//! a session of it was forgotten, can't put it back: its `Create` finds the key taken.

mod connect;
mod error;
mod objects;
mod requests;

use std::collections::HashMap;
use std::path::PathBuf;
#[cfg(test)]
use std::sync::Arc;

use bytes::Bytes;

use super::operations::{
    CopyFile, Lock, NewFile, Put, RangeReader, Replacement, Storage, Version, WriteFile, WritePart,
};
use crate::dataset::location::BucketUrl;
use crate::dataset::paths::{BUILDING, STATE, WORKERS};
use crate::error::{Error, ErrorKind, Result};
use crate::fault;
use crate::format::Source;
use crate::waiting::Waiting;
use objects::Objects;

/// About how many bytes a file has. Half of a folder's: it is in memory until it is put, in one request,
/// because stores have no conditional put of several.
const FILE_BYTES: u64 = 64 << 20;

/// A prefix of a bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    objects: Objects,
}

/// Returns the storage of a bucket. Nothing is requested yet.
pub(super) fn open(url: &BucketUrl, waiting: &Waiting) -> Result<Box<dyn Storage>> {
    let objects = Objects::new(url, connect::connect(url)?, waiting)?;
    Ok(Box::new(Bucket { objects }))
}

#[cfg(test)]
impl Bucket {
    pub(crate) fn with_store(
        url: &BucketUrl,
        store: Arc<dyn object_store::ObjectStore>,
        waiting: &Waiting,
    ) -> Result<Self> {
        let objects = Objects::new(url, store, waiting)?;
        Ok(Self { objects })
    }
}

impl Storage for Bucket {
    fn shown(&self, key: &str) -> String {
        self.objects.shown(key)
    }

    fn file_bytes(&self) -> u64 {
        FILE_BYTES
    }

    fn ledger(&self) -> Option<PathBuf> {
        None
    }

    fn create_folder(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn size(&self, key: &str) -> Result<Option<u64>> {
        self.objects.size(key)
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>> {
        Ok(self
            .objects
            .get(key, 0)?
            .map(|(bytes, version)| (bytes.to_vec(), version)))
    }

    fn ranges(&self) -> Box<dyn RangeReader + '_> {
        Box::new(Ranges(&self.objects))
    }

    fn remove(&self, key: &str) -> Result<()> {
        self.objects.remove(key)
    }

    fn names(&self, folder: &str) -> Result<Vec<String>> {
        // Nothing is built or locked in a bucket: a request less.
        if [BUILDING, WORKERS].contains(&folder) {
            return Ok(Vec::new());
        }
        let within = |key: String| {
            let name = key.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then(|| name.to_owned())
        };
        let listed = self.objects.list(folder)?.into_iter();
        let mut names: Vec<_> = listed.filter_map(|(key, _)| within(key)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn files(&self, is_wanted: &dyn Fn(&str) -> bool) -> Result<HashMap<String, u64>> {
        let state = format!("{STATE}/");
        let mut files: HashMap<_, _> = self.objects.list("")?.into_iter().collect();
        files.retain(|key, _| !key.starts_with(&state) && is_wanted(key));
        Ok(files)
    }

    fn overwrite(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let bytes = Bytes::copy_from_slice(bytes);
        self.objects.overwrite(key, &bytes)
    }

    fn stage(&self, key: &str, bytes: &[u8], version: Option<&Version>) -> Result<bool> {
        let bytes = Bytes::copy_from_slice(bytes);
        let staged = match version {
            Some(version) => self.objects.put_over(key, &bytes, version)?,
            None => self.objects.put_new(key, &bytes)? == Put::AsWritten,
        };
        if staged {
            self.objects.check_conditions(key, &bytes)?;
        }
        Ok(staged)
    }

    fn promote(&self, pending: &str, key: &str, bytes: &[u8]) -> Result<Put> {
        let put = self.objects.put_new(key, &Bytes::copy_from_slice(bytes))?;
        if put == Put::AsWritten {
            self.remove(pending)?;
        }
        Ok(put)
    }

    fn replace_identity(
        &self,
        _: &str,
        key: &str,
        bytes: &[u8],
        version: &Version,
    ) -> Result<bool> {
        self.objects
            .put_over(key, &Bytes::copy_from_slice(bytes), version)
    }

    fn write_part(&self, key: &str, write: &mut WritePart<'_>) -> Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|error| self.not_built(key, error))?;
        match self.objects.put_new(key, &Bytes::from(bytes))? {
            Put::AsWritten => {}
            // A part's name is given once, unless the ledger is an older copy of itself.
            Put::Other => {
                let message = format!(
                    "there is another part `{}` already, which the ledger doesn't know; next: restore the \
                     newest ledger of this dataset",
                    self.shown(key)
                );
                return Err(Error::new(ErrorKind::Damaged, message));
            }
        }
        fault::point("commit:part-written");
        Ok(())
    }

    fn publish(&self, file: &NewFile, write: &mut WriteFile<'_>) -> Result<Put> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        fault::point("publish:built");
        self.objects.put_new(&file.key, &Bytes::from(bytes))
    }

    fn make_durable(&self, _: &str) -> Result<()> {
        Ok(())
    }

    /// No lock is needed: what was put by another process in between fails the put, and a publisher that was
    /// stopped can only create.
    fn replace(&self, file: &NewFile, copy: &mut CopyFile<'_>) -> Result<Replacement> {
        let Some(length) = self.size(&file.key)? else {
            return Ok(Replacement::Missing);
        };
        let Some((source, version)) = self.objects.get(&file.key, length)? else {
            return Ok(Replacement::Missing);
        };
        let length = source.len() as u64;
        let mut bytes = Vec::new();
        let copied = copy(Source::Memory(source), &mut bytes)?;
        fault::point("forget:built");
        // Another process has put this content, and may have recorded its length.
        if copied.removed == 0 {
            return Ok(Replacement::Done {
                rows: copied.kept,
                bytes: length,
            });
        }
        let bytes = Bytes::from(bytes);
        if !self.objects.put_over(&file.key, &bytes, &version)? {
            return Ok(Replacement::Changed);
        }
        fault::point("forget:replaced");
        Ok(Replacement::Done {
            rows: copied.kept,
            bytes: bytes.len() as u64,
        })
    }

    fn lock(&self, _: &str) -> Result<Option<Lock>> {
        Ok(Some(Lock(None)))
    }

    fn lock_existing(&self, _: &str) -> Result<Option<Lock>> {
        Ok(None)
    }
}

impl Bucket {
    /// An error of a format's writer: memory has none.
    fn not_built(&self, key: &str, error: std::io::Error) -> Error {
        let message = format!("can't build `{}`", self.shown(key));
        Error::new(ErrorKind::Disk, message).with_source(error)
    }
}

/// Reads ranges of objects, each with a request.
struct Ranges<'a>(&'a Objects);

impl RangeReader for Ranges<'_> {
    fn read(&mut self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.0.range(key, offset, length)
    }
}
