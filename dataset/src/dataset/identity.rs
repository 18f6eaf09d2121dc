//! `dataset.json`: what makes a folder a dataset.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{self, LockedFile};
use super::paths::Paths;
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};

/// Version of `dataset.json`.
const VERSION: u32 = 1;

/// What `dataset.json` contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    version: u32,
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

impl Identity {
    pub(super) fn new(id: String, settings: Settings) -> Self {
        Self {
            version: VERSION,
            id,
            settings,
        }
    }

    fn to_json(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Settings, "the settings can't be written as JSON")
                .with_source(error)
        })?;
        json.push(b'\n');
        Ok(json)
    }

    fn parse(json: &[u8], path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let damaged = |error| {
            let message = format!("`{}` is damaged; next: restore it", path.display());
            Error::new(ErrorKind::Damaged, message).with_source(error)
        };
        let Versioned { version } = serde_json::from_slice(json).map_err(damaged)?;
        if version != VERSION {
            let message = format!(
                "`{}` has version {version}, this program reads version {VERSION}; next: use a newer \
                 version of this program",
                path.display()
            );
            return Err(Error::new(ErrorKind::LedgerVersion, message));
        }
        serde_json::from_slice(json).map_err(damaged)
    }
}

/// Reads a dataset's identity.
pub(super) fn read(paths: &Paths) -> Result<Identity> {
    let path = paths.identity();
    if let Some(json) = disk::read(&path)? {
        return Identity::parse(&json, &path);
    }
    let root = paths.root().display();
    let message = if paths.pending_identity().exists() {
        format!(
            "the dataset `{root}` was not created completely; next: create it again with --create"
        )
    } else {
        format!(
            "there is no dataset at `{root}`; next: mount its disk, or create a dataset with --create"
        )
    };
    Err(Error::new(ErrorKind::NoDataset, message))
}

/// Locks the identity for a change.
fn lock(paths: &Paths) -> Result<LockedFile> {
    LockedFile::lock(&paths.identity_lock())?.ok_or_else(|| {
        let path = paths.identity_lock();
        let message = format!(
            "another process is creating or changing the dataset: it has locked `{}`; next: run it again",
            path.display()
        );
        Error::new(ErrorKind::Busy, message)
    })
}

/// Begins a creation: `make_ledger` is called with the identity, and only after it `dataset.json` is there.
///
/// A call that follows an interrupted one continues it under the same id, because the ledger may be there.
pub(super) fn create<T>(
    paths: &Paths,
    identity: Identity,
    make_ledger: impl FnOnce(&Identity) -> Result<T>,
) -> Result<(Identity, T)> {
    disk::create_folder(&paths.state())?;
    let _lock = lock(paths)?;
    if paths.identity().exists() {
        let message = format!(
            "there is a dataset at `{}` already; next: leave --create out",
            paths.root().display()
        );
        return Err(Error::new(ErrorKind::DatasetExists, message));
    }
    let pending = paths.pending_identity();
    let interrupted = disk::read(&pending)?.and_then(|json| Identity::parse(&json, &pending).ok());
    let id = interrupted.map_or(identity.id, |interrupted| interrupted.id);
    let identity = Identity { id, ..identity };
    disk::remove(&pending)?;
    disk::write_new(&pending, &identity.to_json()?)?;
    disk::sync_folder(&paths.state())?;
    crate::fault::point("create:identity-pending");
    let ledger = make_ledger(&identity)?;
    crate::fault::point("create:ledger-made");
    put(paths)?;
    Ok((identity, ledger))
}

/// Changes the settings of a dataset.
pub(super) fn change<T>(paths: &Paths, change: impl FnOnce(&mut Settings) -> T) -> Result<T> {
    let _lock = lock(paths)?;
    let mut identity = read(paths)?;
    let changed = change(&mut identity.settings);
    let pending = paths.pending_identity();
    disk::remove(&pending)?;
    disk::write_new(&pending, &identity.to_json()?)?;
    put(paths)?;
    Ok(changed)
}

/// Gives the pending identity its name, atomically.
fn put(paths: &Paths) -> Result<()> {
    let path = paths.identity();
    fs::rename(paths.pending_identity(), &path)
        .map_err(|error| Error::disk("write", &path, error))?;
    disk::sync_folder(&paths.state())
}
