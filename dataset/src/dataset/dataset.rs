//! A dataset: created, opened, looked at.

use std::sync::{Arc, Mutex};

use super::forget::{self, Forgotten};
use super::identity::{self, Identity, Interrupted};
use super::location::Location;
use super::open_ledger;
use super::paths;
use super::run::Run;
use super::settings::{Given, Settings};
use super::status::{self, Status};
use super::storage::{self, Storage};
use super::store::{LedgerLocation, LedgerOptions, Store};
use super::workers::{self, WorkerStatus};
use crate::error::Result;
use crate::ledger::Opened;
use crate::ledger::digest::DigestKey;
use crate::ledger::ids::RunStamp;
use crate::ledger::session::Forget;
use crate::random;
use crate::waiting::Waiting;

/// A folder or bucket of data files, with a ledger of what they contain.
///
/// ```
/// use journey_events_dataset::{Dataset, LedgerOptions};
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path().join("journeys");
/// # use journey_events_dataset::{Settings, format::Format};
/// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
/// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
/// println!("{} events", dataset.status()?.totals.events);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    store: Arc<Store>,
}

impl Dataset {
    /// Creates a dataset in a folder or prefix that has none. A call that was interrupted can be repeated.
    ///
    /// # Errors
    ///
    /// If there is a dataset already, or data files, or the settings aren't valid, or a file can't be
    /// written; if it is in a bucket, and the ledger has no place of its own, or the store is unavailable,
    /// refuses the credentials or has no conditional puts.
    ///
    /// ```
    /// use journey_events_dataset::format::Format;
    /// use journey_events_dataset::{Dataset, ErrorKind, LedgerOptions, Settings};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// let settings = Settings::new(Format::Parquet, "https://api.mypurecloud.de/");
    /// let dataset = Dataset::create(folder.as_path(), settings.clone(), &LedgerOptions::default())?;
    ///
    /// let again = Dataset::create(folder.as_path(), settings, &LedgerOptions::default());
    /// assert_eq!(again.unwrap_err().kind(), ErrorKind::DatasetExists);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(
        location: impl Into<Location>,
        settings: Settings,
        ledger: &LedgerOptions,
    ) -> Result<Self> {
        let waiting = ledger.waiting();
        let storage = storage::open(&location.into(), &waiting)?;
        Self::create_in(storage, settings, &ledger.location, waiting)
    }

    pub(super) fn create_in(
        storage: Box<dyn Storage>,
        settings: Settings,
        ledger: &LedgerLocation,
        waiting: Waiting,
    ) -> Result<Self> {
        settings.layout()?;
        let place = open_ledger::place(ledger, &*storage)?;
        storage.create_folder("")?;
        place.check()?;
        status::refuse_data_files(&*storage)?;
        let identity = Identity::new(random::long_hex()?, settings);
        let key = DigestKey(random::bytes()?);
        // In a folder the lock shows that no other process is creating it.
        let interrupted = if storage.ledger().is_some() || place.may_have_ledger() {
            Interrupted::KeepId
        } else {
            Interrupted::NewId
        };
        let (identity, ledger) = identity::create(&*storage, &identity, interrupted, |identity| {
            place.create(&identity.id, &key, &waiting)
        })?;
        Self::with_ledger(storage, identity, ledger, waiting)
    }

    /// Returns whether there is a dataset. It asks a bucket once, and again while that is unavailable,
    /// for up to 20 s.
    ///
    /// # Errors
    ///
    /// If the place can't be read.
    ///
    /// ```
    /// use journey_events_dataset::Dataset;
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// assert!(!Dataset::exists(folder.as_path())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exists(location: impl Into<Location>) -> Result<bool> {
        let waiting = LedgerOptions::default().waiting();
        storage::open(&location.into(), &waiting)?.exists(paths::IDENTITY)
    }

    /// Opens a dataset.
    ///
    /// # Errors
    ///
    /// If there is none, or its ledger is missing, another dataset's or damaged, or its folder or prefix
    /// contains data files that the ledger doesn't know; if its store or its ledger's database is unavailable
    /// or refuses the credentials.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// assert!(!dataset.id().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(location: impl Into<Location>, ledger: &LedgerOptions) -> Result<Self> {
        let waiting = ledger.waiting();
        let storage = storage::open(&location.into(), &waiting)?;
        Self::open_in(storage, &ledger.location, waiting)
    }

    pub(super) fn open_in(
        storage: Box<dyn Storage>,
        ledger: &LedgerLocation,
        waiting: Waiting,
    ) -> Result<Self> {
        let place = open_ledger::place(ledger, &*storage)?;
        let identity = identity::read(&*storage)?;
        let ledger = place.open(&identity.id, &waiting)?;
        Self::with_ledger(storage, identity, ledger, waiting)
    }

    fn with_ledger(
        storage: Box<dyn Storage>,
        identity: Identity,
        opened: Opened,
        waiting: Waiting,
    ) -> Result<Self> {
        let layout = identity.settings.layout()?;
        for folder in [paths::PARTS, paths::BUILDING, paths::WORKERS] {
            storage.create_folder(folder)?;
        }
        let store = Store {
            id: identity.id,
            layout,
            settings: identity.settings,
            storage,
            digest_key: opened.digest_key,
            ledger: opened.ledger,
            waiting,
            publishing: Mutex::default(),
        };
        status::refuse_unknown_files(&store)?;
        let store = Arc::new(store);
        let checked = Arc::downgrade(&store);
        let check = move || match checked.upgrade() {
            Some(store) => status::refuse_unknown_files(&store),
            None => Ok(()),
        };
        store.ledger.on_change(Box::new(check));
        Ok(Self { store })
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
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// let same = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// assert_eq!(dataset.id(), same.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.store.id
    }

    /// Returns what was fixed when the dataset was created.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// assert_eq!(dataset.settings().region, "eu-central-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.store.settings
    }

    /// Refuses settings that contradict those of the dataset.
    ///
    /// # Errors
    ///
    /// If one does; the error names both.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, ErrorKind, Given, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// let mut given = Given::default();
    /// given.region = Some("eu-west-1".to_owned());
    /// assert_eq!(dataset.check(&given).unwrap_err().kind(), ErrorKind::Settings);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Returns how long operations wait for the ledger's database and for the store.
    pub(crate) fn waiting(&self) -> &Waiting {
        &self.store.waiting
    }

    /// Appends the columns that this version of the crate has and the dataset lacks. Returns them.
    ///
    /// Files published before keep the columns they have. Takes effect when the dataset is opened again.
    ///
    /// # Errors
    ///
    /// If `dataset.json` can't be written, or another process is changing it.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// assert!(dataset.upgrade_columns()?.is_empty()); // it was created with this version
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upgrade_columns(&self) -> Result<Vec<String>> {
        identity::change(&*self.store.storage, Settings::add_new_columns)
    }

    /// Removes the events of sessions, and never requests these again. Other processes may go on working.
    ///
    /// What is committed is published first. Each file that holds one of the sessions is replaced
    /// atomically. A call that was interrupted is completed by the next one, of whatever sessions.
    ///
    /// # Errors
    ///
    /// If another process is forgetting sessions in the same folder, a file can't be replaced, or the ledger or the
    /// store can't be used.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// use journey_events_dataset::Forget;
    ///
    /// let forgotten = dataset.forget(&Forget::Sessions(vec!["s-1".to_owned()]))?;
    /// println!("{forgotten:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forget(&self, which: &Forget) -> Result<Forgotten> {
        let _endless = self.store.waiting.endless();
        let run = self.begin_run()?;
        let forgotten = forget::forget(&run, which);
        // What failed first is what is reported.
        let ended = run.end();
        forgotten.and_then(|forgotten| ended.map(|()| forgotten))
    }

    /// Makes sessions and contacts whose last read failed due at once, also for runs that are reading. Without a call,
    /// they are due in the next run. Those that are being read are left. Returns how many are due again.
    ///
    /// # Errors
    ///
    /// If the ledger can't be written. [`DatabaseUnavailable`](crate::ErrorKind::DatabaseUnavailable) after 10 s without
    /// its database.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// assert_eq!(dataset.retry_failed()?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retry_failed(&self) -> Result<u64> {
        self.store.ledger.retry_failed()
    }

    /// Declares a worker dead that hangs, or whose machine is gone: what it holds is due again at once, and what it
    /// commits later is refused. Returns what it was.
    ///
    /// Without a call, this happens once its lease ends. Nothing is lost by it: a worker that was alive after all
    /// starts over as a new one. To end a run, send it a signal. If the worker was stopped within a transaction, this
    /// waits until the database ends that, for up to 15 s.
    ///
    /// # Errors
    ///
    /// [`NoWorker`](crate::ErrorKind::NoWorker) if no live worker has this id, which is that of
    /// [`WorkerStatus`]: the error names those that there are. Otherwise as [`retry_failed`](Self::retry_failed).
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, ErrorKind, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// let error = dataset.cancel_worker(17).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NoWorker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_worker(&self, id: i64) -> Result<WorkerStatus> {
        workers::cancel(&self.store, id)
    }

    /// Keeps a run's report as `_journey-events/last-run.json`, in place of the one before.
    pub(crate) fn keep_last_run(&self, report: &[u8]) -> Result<()> {
        self.store.storage.overwrite(paths::LAST_RUN, report)
    }

    /// Returns what the dataset contains, and what is wrong with it.
    ///
    /// # Errors
    ///
    /// If the ledger or the folder can't be read.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// let status = dataset.status()?;
    /// for failure in &status.failures {
    ///     println!("{failure:?}");
    /// }
    /// assert!(status.is_complete());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status(&self) -> Result<Status> {
        status::status(&self.store)
    }
}
