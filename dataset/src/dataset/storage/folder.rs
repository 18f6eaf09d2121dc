//! A dataset in a folder: files are synced, linked into place and locked.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::operations::{
    CopyFile, Lock, NewFile, Put, RangeReader, Replacement, Storage, Version, WriteFile, WritePart,
    damaged_part,
};
use crate::dataset::disk::{self, LockedFile};
use crate::dataset::paths;
use crate::error::{Error, Result};
use crate::fault;
use crate::format::Source;
use crate::ledger::file::relative_path;
use crate::random;

/// About how many bytes a file has.
const FILE_BYTES: u64 = 128 << 20;

/// A dataset's folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        if key.is_empty() {
            self.root.clone()
        } else {
            self.root.join(key)
        }
    }

    /// The folder that a file is in.
    fn folder_of(&self, key: &str) -> PathBuf {
        self.path(key.rsplit_once('/').map_or("", |(folder, _)| folder))
    }

    /// Writes and syncs a file that is being built.
    fn build(path: &Path, write: &mut WriteFile<'_>) -> Result<File> {
        let mut sink = BufWriter::with_capacity(1 << 17, disk::create_file(path)?);
        write(&mut sink)?;
        let file = sink.into_inner().map_err(io::IntoInnerError::into_error);
        let synced = file.and_then(|file| file.sync_all().map(|()| file));
        synced.map_err(|error| Error::disk("write", path, error))
    }
}

impl Storage for Folder {
    fn shown(&self, key: &str) -> String {
        self.path(key).display().to_string()
    }

    fn file_bytes(&self) -> u64 {
        FILE_BYTES
    }

    fn ledger(&self) -> Option<PathBuf> {
        Some(self.path(paths::LEDGER))
    }

    fn create_folder(&self, folder: &str) -> Result<()> {
        disk::create_folder(&self.path(folder))
    }

    fn size(&self, key: &str) -> Result<Option<u64>> {
        let path = self.path(key);
        match path.metadata() {
            Ok(file) => Ok(Some(file.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::disk("read", &path, error)),
        }
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>> {
        Ok(disk::read(&self.path(key))?.map(|bytes| (bytes, Version::default())))
    }

    fn ranges(&self) -> Box<dyn RangeReader + '_> {
        Box::new(Ranges {
            folder: self,
            open: None,
        })
    }

    fn remove(&self, key: &str) -> Result<()> {
        disk::remove(&self.path(key))
    }

    fn names(&self, folder: &str) -> Result<Vec<String>> {
        disk::file_names(&self.path(folder))
    }

    fn files(&self, is_wanted: &dyn Fn(&str) -> bool) -> Result<HashMap<String, u64>> {
        let mut files = HashMap::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for name in self.names(&folder)? {
                let name = relative_path(&folder, &name);
                let path = self.path(&name);
                // A link isn't followed: it may lead back.
                let is_folder = path.symlink_metadata().is_ok_and(|file| file.is_dir());
                if is_folder && name != paths::STATE {
                    folders.push(name);
                } else if is_wanted(&name) {
                    files.extend(path.metadata().map(|file| (name, file.len())));
                }
            }
        }
        Ok(files)
    }

    fn overwrite(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(key);
        let written = path.with_extension(format!("{}.tmp", random::hex()?));
        disk::write_new(&written, bytes)?;
        fs::rename(&written, &path).map_err(|error| {
            disk::discard(&written);
            Error::disk("write", &path, error)
        })
    }

    fn stage(&self, key: &str, bytes: &[u8], _: Option<&Version>) -> Result<bool> {
        let path = self.path(key);
        disk::remove(&path)?;
        disk::write_new(&path, bytes)?;
        disk::sync_folder(&self.folder_of(key))?;
        Ok(true)
    }

    fn promote(&self, pending: &str, key: &str, _: &[u8]) -> Result<Put> {
        let path = self.path(key);
        fs::rename(self.path(pending), &path)
            .map_err(|error| Error::disk("write", &path, error))?;
        disk::sync_folder(&self.folder_of(key))?;
        Ok(Put::AsWritten)
    }

    fn replace_identity(
        &self,
        pending: &str,
        key: &str,
        bytes: &[u8],
        _: &Version,
    ) -> Result<bool> {
        self.stage(pending, bytes, None)?;
        self.promote(pending, key, bytes).map(|_| true)
    }

    fn write_part(&self, key: &str, write: &mut WritePart<'_>) -> Result<()> {
        let path = self.path(key);
        let mut file = disk::create_file(&path)?;
        let written = write(&mut file).and_then(|()| file.sync_all());
        written.map_err(|error| {
            disk::discard(&path);
            Error::disk("write the part", &path, error)
        })?;
        fault::point("commit:part-written");
        disk::sync_folder(&self.folder_of(key)).inspect_err(|_| disk::discard(&path))
    }

    fn publish(&self, file: &NewFile, write: &mut WriteFile<'_>) -> Result<Put> {
        let (building, path) = (self.path(&file.building), self.path(&file.key));
        disk::remove(&building)?;
        let linked = Self::build(&building, write).and_then(|_| {
            fault::point("publish:built");
            disk::create_folder(&self.folder_of(&file.key))?;
            let linked = disk::link_new(&building, &path)?;
            fault::point("publish:two-names");
            Ok(if linked { Put::AsWritten } else { Put::Other })
        });
        // It has its final name, or isn't needed.
        disk::discard(&building);
        linked
    }

    fn make_durable(&self, key: &str) -> Result<()> {
        disk::sync_folder(&self.folder_of(key))
    }

    /// Under its name: a stopped process that is about to link it must find it there.
    fn replace(&self, file: &NewFile, copy: &mut CopyFile<'_>) -> Result<Replacement> {
        let (building, path) = (self.path(&file.building), self.path(&file.key));
        if !path.exists() {
            return Ok(Replacement::Missing);
        }
        disk::remove(&building)?;
        let mut kept = 0;
        let built = Self::build(&building, &mut |sink| {
            let source = File::open(&path).map_err(|error| Error::disk("read", &path, error))?;
            kept = copy(Source::File(source), sink)?.kept;
            Ok(())
        });
        let put = built.and_then(|built| {
            fault::point("forget:built");
            let bytes = built.metadata().and_then(|file| {
                fs::rename(&building, &path)?;
                Ok(file.len())
            });
            bytes.map_err(|error| Error::disk("replace", &path, error))
        });
        let bytes = put.inspect_err(|_| disk::discard(&building))?;
        fault::point("forget:replaced");
        disk::sync_folder(&self.folder_of(&file.key))?;
        Ok(Replacement::Done { rows: kept, bytes })
    }

    fn lock(&self, key: &str) -> Result<Option<Lock>> {
        let lock = LockedFile::lock(&self.path(key))?;
        Ok(lock.map(|lock| Lock(Some(lock))))
    }

    fn lock_existing(&self, key: &str) -> Result<Option<Lock>> {
        let lock = LockedFile::lock_existing(&self.path(key))?;
        Ok(lock.map(|lock| Lock(Some(lock))))
    }
}

/// Reads ranges of files. Holds one open at a time.
struct Ranges<'a> {
    folder: &'a Folder,
    open: Option<(String, File)>,
}

impl RangeReader for Ranges<'_> {
    fn read(&mut self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        let path = self.folder.path(key);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => {
                damaged_part(&path.display().to_string()).with_source(error)
            }
            _ => Error::disk("read the part", &path, error),
        };
        let (name, mut file) = match self.open.take() {
            Some((name, file)) if name == key => (name, file),
            _ => (key.to_owned(), File::open(&path).map_err(failed)?),
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        (&mut file)
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        self.open = Some((name, file));
        if bytes.len() as u64 == length {
            Ok(bytes)
        } else {
            Err(damaged_part(&path.display().to_string()))
        }
    }
}
