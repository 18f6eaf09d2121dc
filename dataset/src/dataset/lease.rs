//! Whether a worker is alive.

use std::sync::OnceLock;
use std::time::Duration;

use super::paths;
use super::storage::{Lock, Storage};
use crate::clock::{self, BootTime};
use crate::error::{ErrorKind, Result};
use crate::ledger::worker::{Liveness, WorkerRow, lease};
use crate::random;

/// After how long without a sign of life a worker is dead, where its ledger doesn't say.
const LEASE: Duration = Duration::from_secs(30);

/// How often a worker shows that it is alive: several times within its lease.
pub(crate) fn heartbeat_interval() -> Duration {
    lease(LEASE) / 6
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

/// Returns how long ago a worker showed its last sign of life; `None` if that was before the machine's last boot,
/// or can't be known.
pub(super) fn silence(worker: &WorkerRow) -> Option<Duration> {
    match &worker.liveness {
        Liveness::Alive { silent } | Liveness::Expired { silent } => Some(*silent),
        Liveness::ByLockAndBoot { boot_id } => {
            let boot = self::boot_id();
            let silent = BootTime::now().as_millis().saturating_sub(worker.heartbeat);
            // Where there is no id, each process has a clock of its own.
            let is_comparable = !boot.is_empty() && *boot_id == boot;
            is_comparable.then(|| Duration::from_millis(u64::try_from(silent).unwrap_or(0)))
        }
    }
}

/// Returns whether a worker has ended without saying so, or is stopped.
pub(super) fn is_dead(storage: &dyn Storage, worker: &WorkerRow) -> Result<bool> {
    let boot_id_then = match &worker.liveness {
        Liveness::Alive { .. } => return Ok(false),
        Liveness::Expired { .. } => return Ok(true),
        Liveness::ByLockAndBoot { boot_id } => boot_id,
    };
    let is_silent = || silence(worker).is_some_and(|silence| silence > lease(LEASE));
    if *boot_id_then != boot_id() || is_silent() {
        return Ok(true);
    }
    // A lock ends with its process, at once. A file that is gone proves nothing.
    match storage.lock_existing(&paths::worker_lock(&worker.lock_name)) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
        locked => Ok(locked?.is_some()),
    }
}
