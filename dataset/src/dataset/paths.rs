//! Names of what is in a dataset, relative to it, with `/`.

use crate::ledger::file::PartName;
use crate::ledger::ids::WorkerId;

/// Everything that isn't data.
pub(super) const STATE: &str = "_journey-events";

/// The report of the last run.
pub(super) const LAST_RUN: &str = "_journey-events/last-run.json";

pub(super) const IDENTITY: &str = "_journey-events/dataset.json";

/// The identity, until the ledger exists.
pub(super) const PENDING_IDENTITY: &str = "_journey-events/dataset.json.creating";

/// Locked by the process that creates the dataset or changes its identity.
pub(super) const IDENTITY_LOCK: &str = "_journey-events/dataset.lock";

/// Locked by the process that forgets sessions.
pub(super) const FORGET_LOCK: &str = "_journey-events/forget.lock";

/// The ledger of a dataset in a folder, unless it is elsewhere.
pub(super) const LEDGER: &str = "_journey-events/ledger.db";

pub(super) const PARTS: &str = "_journey-events/parts";

/// Files that workers build. Only in folders.
pub(super) const BUILDING: &str = "_journey-events/building";

/// Files that workers keep locked. Only in folders.
pub(super) const WORKERS: &str = "_journey-events/workers";

pub(super) fn part(name: PartName) -> String {
    format!("{PARTS}/{name}")
}

/// The file that a worker builds, until it is linked. Doesn't end as data files do.
pub(super) fn building_file(name: &str, worker: WorkerId) -> String {
    format!("{BUILDING}/{name}.{worker}.building")
}

pub(super) fn worker_lock(name: &str) -> String {
    format!("{WORKERS}/{name}")
}

/// Returns which worker builds a file in `building/`.
pub(super) fn builder(file_name: &str) -> Option<WorkerId> {
    let (_, worker) = file_name.strip_suffix(".building")?.rsplit_once('.')?;
    worker.parse().ok().map(WorkerId)
}
