//! Workers and their leases.

use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::ids::{RunStamp, WorkerId};

/// What a worker registers with.
#[derive(Clone, Debug)]
pub(crate) struct NewWorker {
    /// The run that it continues, in place of a worker that was declared dead; `None` begins one.
    pub(crate) run: Option<RunStamp>,
    /// Name of the file in `workers/` that its process keeps locked.
    pub(crate) lock_name: String,
    /// Which boot of which machine it is.
    pub(crate) boot_id: String,
    /// Its machine's name, for a person who looks; empty if unknown.
    pub(crate) machine: String,
    /// The process, for a person who looks.
    pub(crate) process: u32,
    /// When it started, by the wall clock, for a person who looks.
    pub(crate) started: Timestamp,
}

/// What a worker did, as it says together with a sign of life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Requests that it sent so far.
    pub(crate) requests: u64,
    /// Sessions whose read it ended so far.
    pub(crate) sessions: u64,
    /// How many of the requests it sent within the last `recent_millis`.
    pub(crate) recent_requests: u64,
    /// How many of the sessions it ended within the last `recent_millis`.
    pub(crate) recent_sessions: u64,
    /// About a minute by the worker's own clock; less for one that began later, 0 for one that just did.
    pub(crate) recent_millis: u64,
}

/// A worker that is neither ended nor declared dead.
#[derive(Clone, Debug)]
pub(crate) struct WorkerRow {
    pub(crate) id: WorkerId,
    /// The run that it works for.
    pub(crate) run: RunStamp,
    pub(crate) lock_name: String,
    /// Its last sign of life, by a clock of the ledger's choice.
    pub(crate) heartbeat: i64,
    pub(crate) liveness: Liveness,
    pub(crate) machine: String,
    pub(crate) process: u32,
    pub(crate) started: Timestamp,
    /// How many sessions it holds.
    pub(crate) held: u64,
    pub(crate) activity: Activity,
}

/// Whether a worker is alive, as far as the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// It showed a sign of life within its lease, by the ledger's clock, and has been silent since.
    Alive { silent: Duration },
    /// It didn't.
    Expired { silent: Duration },
    /// Its process's lock and the boot clock show it: `heartbeat` is by that of this boot.
    ByLockAndBoot { boot_id: String },
}

/// Returns after how long without a sign of life a worker is dead.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn lease(normal: Duration) -> Duration {
    normal
}

/// Returns after how long without a sign of life a worker is dead. Tests shorten it, for all processes of a
/// dataset alike.
#[cfg(feature = "fault-points")]
pub(crate) fn lease(normal: Duration) -> Duration {
    let millis = std::env::var("JOURNEY_EVENTS_LEASE_MS").ok();
    let millis = millis.and_then(|millis| millis.parse().ok());
    millis.map_or(normal, Duration::from_millis)
}
