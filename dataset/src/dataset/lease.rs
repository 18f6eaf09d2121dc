//! Whether a worker is alive.

use super::disk::LockedFile;
use super::paths::Paths;
use crate::clock;
use crate::error::{ErrorKind, Result};
use crate::ledger::worker::WorkerRow;

/// After how long without a sign of life a worker is dead, in milliseconds.
const LEASE: i64 = 30_000;

/// Locks a file for this process's worker; `None` if the file system has no locks.
pub(super) fn lock(paths: &Paths, name: &str) -> Result<Option<LockedFile>> {
    match LockedFile::lock(&paths.worker_lock(name)) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        locked => locked,
    }
}

/// Returns whether a worker has ended without saying so, or is stopped.
pub(super) fn is_dead(paths: &Paths, worker: &WorkerRow) -> Result<bool> {
    if worker.boot_id != clock::boot_id() {
        return Ok(true);
    }
    if clock::boot_millis().saturating_sub(worker.heartbeat) > LEASE {
        return Ok(true);
    }
    // A lock ends with its process, at once. A file that is gone proves nothing.
    Ok(LockedFile::lock_existing(&paths.worker_lock(&worker.lock_name))?.is_some())
}
