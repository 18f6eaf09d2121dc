//! `dataset.json`: what makes a folder or a prefix a dataset.

use serde::{Deserialize, Serialize};

use super::paths::{IDENTITY, IDENTITY_LOCK, PENDING_IDENTITY, STATE};
use super::settings::Settings;
use super::storage::{Lock, Put, Storage, Version};
use crate::error::{Error, ErrorKind, Result};

/// Version of `dataset.json`.
const VERSION: u32 = 1;
/// How often an identity is written that another process changes meanwhile.
const ATTEMPTS: u32 = 5;

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

    fn parse(json: &[u8], shown: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let damaged = |error| {
            let message = format!("`{shown}` is damaged; next: restore it");
            Error::new(ErrorKind::Damaged, message).with_source(error)
        };
        let Versioned { version } = serde_json::from_slice(json).map_err(damaged)?;
        if version != VERSION {
            let message = format!(
                "`{shown}` has version {version}, this program reads version {VERSION}; next: use a newer \
                 version of this program"
            );
            return Err(Error::new(ErrorKind::LedgerVersion, message));
        }
        serde_json::from_slice(json).map_err(damaged)
    }
}

/// Reads a dataset's identity.
pub(super) fn read(storage: &dyn Storage) -> Result<Identity> {
    read_version(storage).map(|(identity, _)| identity)
}

fn read_version(storage: &dyn Storage) -> Result<(Identity, Version)> {
    if let Some((json, version)) = storage.read(IDENTITY)? {
        let identity = Identity::parse(&json, &storage.shown(IDENTITY))?;
        return Ok((identity, version));
    }
    let root = storage.shown("");
    let message = if storage.exists(PENDING_IDENTITY)? {
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
fn lock(storage: &dyn Storage) -> Result<Lock> {
    storage.lock(IDENTITY_LOCK)?.ok_or_else(|| {
        let message = format!(
            "another process is creating or changing the dataset: it has locked `{}`; next: run it again",
            storage.shown(IDENTITY_LOCK)
        );
        Error::new(ErrorKind::Busy, message)
    })
}

/// Which identity an interrupted creation leaves to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupted {
    /// Its id is used again, because the ledger may be there.
    KeepId,
    /// Its ledger isn't here: another machine may be about to complete it with its own, and no two ledgers
    /// may have the same id.
    NewId,
}

/// Begins a creation: `make_ledger` is called with the identity, and only after it `dataset.json` is there.
pub(super) fn create<T>(
    storage: &dyn Storage,
    identity: &Identity,
    interrupted: Interrupted,
    make_ledger: impl FnOnce(&Identity) -> Result<T>,
) -> Result<(Identity, T)> {
    storage.create_folder(STATE)?;
    let _lock = lock(storage)?;
    let exists = || {
        let message = format!(
            "there is a dataset at `{}` already; next: leave --create out",
            storage.shown("")
        );
        Error::new(ErrorKind::DatasetExists, message)
    };
    if storage.exists(IDENTITY)? {
        return Err(exists());
    }
    let identity = stage(storage, identity, interrupted)?;
    crate::fault::point("create:identity-pending");
    let ledger = make_ledger(&identity)?;
    crate::fault::point("create:ledger-made");
    // Another process may have created it meanwhile, with another id or other settings.
    match storage.promote(PENDING_IDENTITY, IDENTITY, &identity.to_json()?)? {
        Put::AsWritten => Ok((identity, ledger)),
        Put::Other => Err(exists()),
    }
}

/// Writes the pending identity.
fn stage(storage: &dyn Storage, identity: &Identity, interrupted: Interrupted) -> Result<Identity> {
    for _ in 0..ATTEMPTS {
        let found = storage.read(PENDING_IDENTITY)?;
        let (json, version) = found.unzip();
        let pending =
            json.and_then(|json| Identity::parse(&json, &storage.shown(PENDING_IDENTITY)).ok());
        let mut identity = identity.clone();
        if let (Some(pending), Interrupted::KeepId) = (pending, interrupted) {
            identity.id = pending.id;
        }
        if storage.stage(PENDING_IDENTITY, &identity.to_json()?, version.as_ref())? {
            return Ok(identity);
        }
    }
    Err(changed_meanwhile(storage))
}

/// Changes the settings of a dataset.
pub(super) fn change<T>(storage: &dyn Storage, change: impl Fn(&mut Settings) -> T) -> Result<T> {
    let _lock = lock(storage)?;
    for _ in 0..ATTEMPTS {
        let (mut identity, version) = read_version(storage)?;
        let changed = change(&mut identity.settings);
        let json = identity.to_json()?;
        if storage.replace_identity(PENDING_IDENTITY, IDENTITY, &json, &version)? {
            return Ok(changed);
        }
    }
    Err(changed_meanwhile(storage))
}

fn changed_meanwhile(storage: &dyn Storage) -> Error {
    let message = format!(
        "other processes are creating or changing the dataset `{}`; next: run it again",
        storage.shown("")
    );
    Error::new(ErrorKind::Busy, message)
}
