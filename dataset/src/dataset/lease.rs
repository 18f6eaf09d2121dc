//! Whether a worker is alive.

use std::sync::OnceLock;
use std::time::Duration;

use super::paths;
use super::storage::{Lock, Storage};
use crate::clock::{self, BootTime};
use crate::error::{ErrorKind, Result};
use crate::ledger::worker::WorkerRow;
use crate::random;

/// After how long without a sign of life a worker is dead.
const LEASE: Duration = Duration::from_secs(30);

/// Returns after how long without a sign of life a worker is dead.
#[cfg(not(feature = "fault-points"))]
fn lease() -> Duration {
    LEASE
}

/// Returns after how long without a sign of life a worker is dead. Tests shorten it, for all processes of a
/// dataset alike.
#[cfg(feature = "fault-points")]
fn lease() -> Duration {
    let millis = std::env::var("JOURNEY_EVENTS_LEASE_MS").ok();
    let millis = millis.and_then(|millis| millis.parse().ok());
    millis.map_or(LEASE, Duration::from_millis)
}

/// How often a worker shows that it is alive: several times within its lease.
pub(crate) fn heartbeat_interval() -> Duration {
    lease() / 6
}

/// Locks a file of a new name for this process's worker. Returns the name, and the lock unless the file
/// system has none. Nor has a bucket: there, leases are all.
pub(super) fn lock(storage: &dyn Storage) -> Result<(String, Option<Lock>)> {
    loop {
        let name = format!("{}.lock", random::hex()?);
        match storage.lock(&paths::worker_lock(&name)) {
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
pub(super) fn is_dead(storage: &dyn Storage, worker: &WorkerRow) -> Result<bool> {
    let boot = boot_id();
    if worker.boot_id != boot {
        return Ok(true);
    }
    let silent = BootTime::now().as_millis().saturating_sub(worker.heartbeat);
    // Where there is no id, each process has a clock of its own.
    if !boot.is_empty()
        && u64::try_from(silent).is_ok_and(|silent| Duration::from_millis(silent) > lease())
    {
        return Ok(true);
    }
    // A lock ends with its process, at once. A file that is gone proves nothing.
    match storage.lock_existing(&paths::worker_lock(&worker.lock_name)) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
        locked => Ok(locked?.is_some()),
    }
}
