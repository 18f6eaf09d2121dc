//! What every step on a dataset uses.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::settings::Settings;
use super::storage::Storage;
use crate::database_url::is_database_url;
use crate::error::Result;
use crate::format::Layout;
use crate::ledger::Ledger;
use crate::ledger::digest::DigestKey;
use crate::postgres::PostgresUrl;
use crate::waiting::{OnDelay, Waiting};

/// What every step on a dataset uses.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) storage: Box<dyn Storage>,
    pub(super) settings: Settings,
    pub(super) layout: Layout,
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) digest_key: DigestKey,
    /// Of the storage and the ledger.
    pub(super) waiting: Waiting,
    /// Held while files are published: a worker builds a file under one name, whichever of its threads does.
    pub(super) publishing: Mutex<()>,
}

/// Where a dataset's ledger is.
///
/// ```
/// use journey_events_dataset::LedgerLocation;
///
/// // For a dataset on a network file system, or in a bucket.
/// let ledger = LedgerLocation::File("/var/lib/journeys.db".into());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerLocation {
    /// `_journey-events/ledger.db` in the dataset's folder. A bucket can't have one.
    #[default]
    InDataset,
    /// A SQLite file on a disk of this machine.
    File(PathBuf),
    /// In a PostgreSQL database, for workers on any number of machines. Its tables are made by
    /// [`postgres::init`](crate::postgres::init).
    Postgres(PostgresUrl),
}

impl LedgerLocation {
    /// Reads where a user says that the ledger is: the URL of a database, or a file. Empty is
    /// [`InDataset`](Self::InDataset).
    ///
    /// ```
    /// use std::ffi::OsStr;
    ///
    /// use journey_events_dataset::LedgerLocation;
    ///
    /// let file = LedgerLocation::given(OsStr::new("/var/lib/journeys.db"))?;
    /// assert_eq!(file, LedgerLocation::File("/var/lib/journeys.db".into()));
    ///
    /// let error = LedgerLocation::given(OsStr::new("postgres:me:hunter2@host/db")).unwrap_err();
    /// assert!(!error.to_string().contains("hunter2"));
    /// # Ok::<(), journey_events_dataset::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of reading a [`PostgresUrl`], for whatever [may be one](crate::is_database_url). They repeat no part that
    /// may be secret.
    pub fn given(location: &OsStr) -> Result<Self> {
        if location.is_empty() {
            return Ok(Self::InDataset);
        }
        match location.to_str().filter(|text| is_database_url(text)) {
            Some(url) => Ok(Self::Postgres(url.parse()?)),
            None => Ok(Self::File(PathBuf::from(location))),
        }
    }
}

/// Where the ledger is, and who hears of what holds up the dataset.
///
/// ```
/// use std::sync::Arc;
/// use journey_events_dataset::{LedgerLocation, LedgerOptions};
///
/// let mut options = LedgerOptions::default();
/// options.location = LedgerLocation::File("/var/lib/journeys.db".into());
/// options.on_delay = Some(Arc::new(|delay| eprintln!("{delay}")));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LedgerOptions {
    /// Where it is: in the dataset's folder by default.
    pub location: LedgerLocation,
    /// Called with each lock that is waited for or was held for over 5 s, and every few seconds while the ledger's
    /// database or the dataset's store is unavailable.
    pub on_delay: Option<OnDelay>,
}

impl LedgerOptions {
    pub(super) fn waiting(&self) -> Waiting {
        let on_delay = self.on_delay.clone();
        Waiting::new(on_delay.unwrap_or_else(|| Arc::new(|_| ())))
    }
}

impl std::fmt::Debug for LedgerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerOptions")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
