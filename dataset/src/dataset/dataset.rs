//! A dataset: created, opened, looked at.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::disk;
use super::forget::{self, Forgotten};
use super::identity::{self, Identity};
use super::paths::Paths;
use super::run::Run;
use super::settings::{Given, Settings};
use super::status::{self, Status};
use super::store::{LedgerOptions, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::file_system;
use crate::ledger::digest::DigestKey;
use crate::ledger::ids::RunStamp;
use crate::ledger::session::Forget;
use crate::ledger::sqlite::ledger::SqliteLedger;
use crate::random;

/// A folder of data files, with a ledger of what they contain.
#[derive(Clone, Debug)]
pub struct Dataset {
    store: Arc<Store>,
}

impl Dataset {
    /// Creates a dataset in a folder that has none. A call that was interrupted can be repeated.
    ///
    /// # Errors
    ///
    /// If there is a dataset already, or data files, or the settings aren't valid, or a file can't be
    /// written.
    pub fn create(path: &Path, settings: Settings, ledger: &LedgerOptions) -> Result<Self> {
        settings.layout()?;
        let paths = Paths::new(path);
        let file = ledger.file(&paths);
        disk::create_folder(paths.root())?;
        refuse_network(&file)?;
        status::refuse_data_files(&paths)?;
        let identity = Identity::new(random::long_hex()?, settings);
        let key = DigestKey(random::bytes()?);
        let (identity, ledger) = identity::create(&paths, identity, |identity| {
            if !file.exists() {
                disk::write_new(&file, &[])?;
            }
            SqliteLedger::create(&file, &identity.id, &key, ledger.hook())
        })?;
        Self::with_ledger(paths, identity, ledger)
    }

    /// Opens a dataset.
    ///
    /// # Errors
    ///
    /// If there is none, or its ledger is missing, another dataset's or damaged, or its folder contains data
    /// files that the ledger doesn't know.
    pub fn open(path: &Path, ledger: &LedgerOptions) -> Result<Self> {
        let paths = Paths::new(path);
        let identity = identity::read(&paths)?;
        let file = ledger.file(&paths);
        if !file.exists() {
            let message = format!(
                "the dataset's ledger `{}` is missing; next: restore it, give its file with --ledger, or \
                 create a new dataset elsewhere",
                file.display()
            );
            return Err(Error::new(ErrorKind::LedgerMissing, message));
        }
        refuse_network(&file)?;
        let ledger = SqliteLedger::open(&file, &identity.id, ledger.hook())?;
        Self::with_ledger(paths, identity, ledger)
    }

    fn with_ledger(paths: Paths, identity: Identity, ledger: SqliteLedger) -> Result<Self> {
        for folder in [paths.parts(), paths.building(), paths.workers()] {
            disk::create_folder(&folder)?;
        }
        let store = Store {
            id: identity.id,
            layout: identity.settings.layout()?,
            settings: identity.settings,
            paths,
            digest_key: ledger.digest_key().clone(),
            ledger: Box::new(ledger),
            publishing: Mutex::default(),
        };
        status::refuse_unknown_files(&store)?;
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Puts a ledger of a test around this one's.
    #[cfg(test)]
    pub(super) fn wrap_ledger(
        self,
        wrap: impl FnOnce(Box<dyn crate::ledger::Ledger>) -> Box<dyn crate::ledger::Ledger>,
    ) -> Self {
        let store = Arc::into_inner(self.store).unwrap();
        let store = Store {
            ledger: wrap(store.ledger),
            ..store
        };
        Self {
            store: Arc::new(store),
        }
    }

    /// Returns the dataset's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.store.id
    }

    /// Returns what was fixed when the dataset was created.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.store.settings
    }

    /// Refuses settings that contradict those of the dataset.
    ///
    /// # Errors
    ///
    /// If one does; the error names both.
    pub fn check(&self, given: &Given) -> Result<()> {
        self.store.settings.check(given)
    }

    /// Begins a run of this process.
    ///
    /// # Errors
    ///
    /// If the ledger can't be written.
    pub(crate) fn begin_run(&self) -> Result<Run> {
        Run::begin(Arc::clone(&self.store), None)
    }

    /// Continues a run of this process, whose worker was declared dead: what it read isn't due again.
    pub(crate) fn continue_run(&self, run: RunStamp) -> Result<Run> {
        Run::begin(Arc::clone(&self.store), Some(run))
    }

    /// Appends the columns that this version of the crate has and the dataset lacks. Returns them.
    ///
    /// Files published before keep the columns they have. Takes effect when the dataset is opened again.
    ///
    /// # Errors
    ///
    /// If `dataset.json` can't be written, or another process is changing it.
    pub fn upgrade_columns(&self) -> Result<Vec<String>> {
        identity::change(&self.store.paths, Settings::add_new_columns)
    }

    /// Removes the events of sessions, and never requests these again. Other processes may go on working.
    ///
    /// What is committed is published first. Each file that holds one of the sessions is replaced
    /// atomically. A call that was interrupted is completed by the next one, of whatever sessions.
    ///
    /// # Errors
    ///
    /// If another process is forgetting sessions, or a file can't be replaced.
    pub fn forget(&self, which: &Forget) -> Result<Forgotten> {
        let run = self.begin_run()?;
        let forgotten = forget::forget(&run, which);
        // What failed first is what is reported.
        let ended = run.end();
        forgotten.and_then(|forgotten| ended.map(|()| forgotten))
    }

    /// Keeps a run's report as `_journey-events/last-run.json`, in place of the one before.
    pub(crate) fn keep_last_run(&self, report: &[u8]) -> Result<()> {
        let path = self.store.paths.last_run();
        let written = path.with_extension(format!("{}.tmp", random::hex()?));
        disk::write_new(&written, report)?;
        std::fs::rename(&written, &path).map_err(|error| {
            disk::discard(&written);
            Error::disk("write", &path, error)
        })
    }

    /// Returns what the dataset contains, and what is wrong with it.
    ///
    /// # Errors
    ///
    /// If the ledger or the folder can't be read.
    pub fn status(&self) -> Result<Status> {
        status::status(&self.store)
    }
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
