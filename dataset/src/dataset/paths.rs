//! Where things are in a dataset's folder.

use std::path::{Path, PathBuf};

use crate::ledger::file::PartName;
use crate::ledger::ids::WorkerId;

/// The folder of everything that isn't data.
pub(super) const STATE: &str = "_journey-events";

/// Where things are in a dataset's folder.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    root: PathBuf,
}

impl Paths {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Everything that isn't data.
    pub(super) fn state(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// The report of the last run.
    pub(super) fn last_run(&self) -> PathBuf {
        self.state().join("last-run.json")
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.state().join("dataset.json")
    }

    /// The identity, until the ledger exists.
    pub(super) fn pending_identity(&self) -> PathBuf {
        self.state().join("dataset.json.creating")
    }

    /// Locked by the process that creates the dataset or changes its identity.
    pub(super) fn identity_lock(&self) -> PathBuf {
        self.state().join("dataset.lock")
    }

    /// Locked by the process that forgets sessions.
    pub(super) fn forget_lock(&self) -> PathBuf {
        self.state().join("forget.lock")
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.state().join("ledger.db")
    }

    pub(super) fn parts(&self) -> PathBuf {
        self.state().join("parts")
    }

    pub(super) fn part(&self, name: PartName) -> PathBuf {
        self.parts().join(name.to_string())
    }

    pub(super) fn building(&self) -> PathBuf {
        self.state().join("building")
    }

    /// The file that a worker builds, until it is linked. Doesn't end as data files do.
    pub(super) fn building_file(&self, name: &str, worker: WorkerId) -> PathBuf {
        self.building().join(format!("{name}.{worker}.building"))
    }

    pub(super) fn workers(&self) -> PathBuf {
        self.state().join("workers")
    }

    pub(super) fn worker_lock(&self, name: &str) -> PathBuf {
        self.workers().join(name)
    }

    /// Folder of a partition; the dataset's own for none.
    pub(super) fn partition(&self, partition: &str) -> PathBuf {
        if partition.is_empty() {
            self.root.clone()
        } else {
            self.root.join(partition)
        }
    }
}

/// Returns which worker builds a file in `building/`.
pub(super) fn builder(file_name: &str) -> Option<WorkerId> {
    let (_, worker) = file_name.strip_suffix(".building")?.rsplit_once('.')?;
    worker.parse().ok().map(WorkerId)
}
