//! The ledger of a dataset, wherever it is.

use std::path::{Path, PathBuf};

use super::disk;
use super::storage::Storage;
use super::store::LedgerLocation;
use crate::error::{Error, ErrorKind, Result};
use crate::file_system;
use crate::ledger::Opened;
use crate::ledger::digest::DigestKey;
use crate::ledger::postgres::ledger::PostgresLedger;
use crate::ledger::sqlite::ledger::SqliteLedger;
use crate::postgres::PostgresUrl;
use crate::waiting::Waiting;

/// Where the ledger of a dataset is or will be.
pub(super) enum Place<'a> {
    File(PathBuf),
    Postgres(&'a PostgresUrl),
}

/// Returns where the ledger of a dataset is or will be.
pub(super) fn place<'a>(location: &'a LedgerLocation, storage: &dyn Storage) -> Result<Place<'a>> {
    let in_dataset = || {
        storage.ledger().ok_or_else(|| {
            let message = format!(
                "the dataset `{}` is in a bucket, which can't hold its ledger; next: give a file on a \
                 durable disk with --ledger FILE, or a database with --ledger postgres://…",
                storage.shown("")
            );
            Error::new(ErrorKind::Settings, message)
        })
    };
    Ok(match location {
        LedgerLocation::InDataset => Place::File(in_dataset()?),
        LedgerLocation::File(file) => Place::File(file.clone()),
        LedgerLocation::Postgres(url) => Place::Postgres(url),
    })
}

impl Place<'_> {
    /// Refuses a place where no ledger can be, before anything is created.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::File(file) => refuse_network(file),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Whether an interrupted call may have made the ledger here.
    pub(super) fn may_have_ledger(&self) -> bool {
        match self {
            Self::File(file) => file.exists(),
            Self::Postgres(_) => true,
        }
    }

    /// Makes the ledger of a dataset, or opens the one that an interrupted call made.
    pub(super) fn create(
        &self,
        dataset: &str,
        key: &DigestKey,
        waiting: &Waiting,
    ) -> Result<Opened> {
        match self {
            Self::File(file) => {
                if !file.exists() {
                    disk::write_new(file, &[])?;
                }
                SqliteLedger::create(file, dataset, key, waiting.on_delay())
            }
            Self::Postgres(url) => PostgresLedger::create(url, dataset, key, waiting),
        }
    }

    /// Opens the ledger of a dataset.
    pub(super) fn open(&self, dataset: &str, waiting: &Waiting) -> Result<Opened> {
        match self {
            Self::File(file) if !file.exists() => Err(missing(file)),
            Self::File(file) => {
                refuse_network(file)?;
                SqliteLedger::open(file, dataset, waiting.on_delay())
            }
            Self::Postgres(url) => PostgresLedger::open(url, dataset, waiting),
        }
    }
}

fn missing(file: &Path) -> Error {
    let message = format!(
        "the dataset's ledger `{}` is missing; next: restore it, give its file or database with --ledger, or \
         create a new dataset elsewhere",
        file.display()
    );
    Error::new(ErrorKind::LedgerMissing, message)
}

/// Refuses a ledger on a network file system, where two machines would damage it.
fn refuse_network(file: &Path) -> Result<()> {
    let folder = disk::existing_folder_of(file);
    if !file_system::is_on_network(folder).map_err(|error| Error::disk("examine", folder, error))? {
        return Ok(());
    }
    let message = format!(
        "the ledger `{}` would be on a network file system, where locks don't hold between machines; next: \
         give a file on a disk of this machine with --ledger, and run every sync of the dataset here",
        file.display()
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}
