//! Whether a worker is alive.

use std::sync::OnceLock;

use super::disk::LockedFile;
use super::paths::Paths;
use crate::clock::{self, BootTime};
use crate::error::{ErrorKind, Result};
use crate::ledger::worker::WorkerRow;
use crate::random;

/// After how long without a sign of life a worker is dead, in milliseconds.
const LEASE: i64 = 30_000;

/// Locks a file of a new name for this process's worker. Returns the name, and the lock unless the file
/// system has none.
pub(super) fn lock(paths: &Paths) -> Result<(String, Option<LockedFile>)> {
    loop {
        let name = format!("{}.lock", random::hex()?);
        match LockedFile::lock(&paths.worker_lock(&name)) {
            Ok(Some(lock)) => return Ok((name, Some(lock))),
            // A process that cleans up was looking at it.
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok((name, None)),
            Err(error) => return Err(error),
        }
    }
}

/// Returns what differs with each boot; empty if the system doesn't say, and then leases rest on locks alone.
pub(super) fn boot_id() -> String {
    static ID: OnceLock<String> = OnceLock::new();
    let id = || clock::last_boot().map(|boot| boot.id).unwrap_or_default();
    ID.get_or_init(id).clone()
}

/// Returns whether a worker has ended without saying so, or is stopped.
pub(super) fn is_dead(paths: &Paths, worker: &WorkerRow) -> Result<bool> {
    if worker.boot_id != boot_id() {
        return Ok(true);
    }
    if BootTime::now().as_millis().saturating_sub(worker.heartbeat) > LEASE {
        return Ok(true);
    }
    // A lock ends with its process, at once. A file that is gone proves nothing.
    match LockedFile::lock_existing(&paths.worker_lock(&worker.lock_name)) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
        locked => Ok(locked?.is_some()),
    }
}
