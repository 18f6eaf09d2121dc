//! Stores that the tests of buckets run on: one in memory, and servers that the environment names.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::*;
use crate::dataset::location::{BucketUrl, Place};
use crate::dataset::storage::{Bucket, Storage};
use crate::random;
use crate::test_servers::server;
use crate::waiting::Waiting;

/// A prefix of a bucket, and a file of a ledger.
pub(super) struct World {
    pub(super) url: BucketUrl,
    /// `None` is the server that the environment names.
    pub(super) store: Option<Arc<dyn ObjectStore>>,
    pub(super) folder: tempfile::TempDir,
    pub(super) ledger: LedgerLocation,
    pub(super) waiting: Waiting,
}

impl World {
    pub(super) fn of(url: &str, store: Option<Arc<dyn ObjectStore>>) -> Self {
        let location: Location = format!("{url}/{}", random::hex().unwrap()).parse().unwrap();
        let Place::Bucket(url) = location.place() else {
            panic!("{location} isn't a bucket");
        };
        let folder = tempfile::tempdir().unwrap();
        let ledger = LedgerLocation::File(folder.path().join("ledger.db"));
        Self {
            url: url.clone(),
            store,
            folder,
            ledger,
            waiting: LedgerOptions::default().waiting(),
        }
    }

    pub(super) fn in_memory() -> Self {
        Self::of("s3://bucket/prefix", Some(Arc::new(InMemory::new())))
    }

    /// In memory, and on the servers that the environment names.
    pub(super) fn all() -> Vec<Self> {
        let mut worlds = vec![Self::in_memory()];
        for variable in ["JOURNEY_EVENTS_TEST_S3", "JOURNEY_EVENTS_TEST_AZURE"] {
            if let Some(url) = server(variable) {
                worlds.push(Self::of(url.trim_end_matches('/'), None));
            }
        }
        worlds
    }

    pub(super) fn location(&self) -> Location {
        self.url.to_string().parse().unwrap()
    }

    pub(super) fn storage(&self) -> Box<dyn Storage> {
        match &self.store {
            Some(store) => {
                Box::new(Bucket::with_store(&self.url, Arc::clone(store), &self.waiting).unwrap())
            }
            None => storage::open(&self.location(), &self.waiting).unwrap(),
        }
    }

    pub(super) fn try_create(&self) -> crate::Result<Dataset> {
        let mut settings = settings(Format::Ndjson, Compression::None);
        settings.partition = PartitionBy::None;
        self.create_with(settings)
    }

    pub(super) fn create_with(&self, settings: Settings) -> crate::Result<Dataset> {
        Dataset::create_in(self.storage(), settings, &self.ledger, self.waiting.clone())
    }

    pub(super) fn create(&self) -> Dataset {
        self.try_create().unwrap()
    }

    pub(super) fn try_open(&self) -> crate::Result<Dataset> {
        Dataset::open_in(self.storage(), &self.ledger, self.waiting.clone())
    }

    pub(super) fn open(&self) -> Dataset {
        self.try_open().unwrap()
    }

    /// Keys of the data files, sorted.
    pub(super) fn files(&self) -> Vec<String> {
        let files = self.storage().files(&|_| true).unwrap();
        let mut files: Vec<_> = files.into_keys().collect();
        files.sort_unstable();
        files
    }

    /// Names of the parts.
    pub(super) fn parts(&self) -> Vec<String> {
        self.storage().names("_journey-events/parts").unwrap()
    }

    /// Names in `_journey-events/`.
    pub(super) fn state(&self) -> Vec<String> {
        self.storage().names("_journey-events").unwrap()
    }

    pub(super) fn read(&self, key: &str) -> Vec<u8> {
        self.storage().read(key).unwrap().unwrap().0
    }

    /// All rows that a reader sees, sorted.
    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for key in self.files() {
            let text = String::from_utf8(self.read(&key)).unwrap();
            rows.extend(text.lines().map(str::to_owned));
        }
        rows.sort_unstable();
        rows
    }

    /// Declares all workers but one dead, as if their leases had lapsed.
    pub(super) fn bury_others(run: &Run) {
        let ledger = &run.store.ledger;
        let mut others = ledger.live_workers().unwrap();
        others.retain(|worker| worker.id != run.worker());
        ledger.declare_dead(run.worker(), &others).unwrap();
    }
}
