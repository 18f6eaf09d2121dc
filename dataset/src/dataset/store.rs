//! What every step on a dataset uses.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::settings::Settings;
use super::storage::Storage;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Layout;
use crate::ledger::Ledger;
use crate::ledger::digest::DigestKey;
use crate::ledger::sqlite::OnLongLock;

/// What every step on a dataset uses.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) storage: Box<dyn Storage>,
    pub(super) settings: Settings,
    pub(super) layout: Layout,
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) digest_key: DigestKey,
    /// Held while files are published: a worker builds a file under one name, whichever of its threads does.
    pub(super) publishing: Mutex<()>,
}

/// Where a dataset's ledger is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerLocation {
    /// `_journey-events/ledger.db` in the dataset's folder. A bucket can't have one.
    #[default]
    InDataset,
    /// A SQLite file on a disk of this machine.
    File(PathBuf),
}

/// Where the ledger is, and who hears of its locks.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LedgerOptions {
    /// Where it is: in the dataset's folder by default.
    pub location: LedgerLocation,
    /// Called with each lock that is waited for or was held for over 5 s.
    pub on_long_lock: Option<OnLongLock>,
}

impl LedgerOptions {
    /// Returns the ledger's file.
    pub(super) fn file(&self, storage: &dyn Storage) -> Result<PathBuf> {
        match &self.location {
            LedgerLocation::File(file) => Ok(file.clone()),
            LedgerLocation::InDataset => storage.ledger().ok_or_else(|| {
                let message = format!(
                    "the dataset `{}` is in a bucket, which can't hold its ledger; next: give a file on a \
                     durable disk with --ledger FILE, or a database with --ledger postgres://…",
                    storage.shown("")
                );
                Error::new(ErrorKind::Settings, message)
            }),
        }
    }

    pub(super) fn hook(&self) -> OnLongLock {
        self.on_long_lock
            .clone()
            .unwrap_or_else(|| Arc::new(|_| ()))
    }
}

impl std::fmt::Debug for LedgerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerOptions")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
