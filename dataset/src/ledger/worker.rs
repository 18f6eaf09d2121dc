//! Workers and their leases.

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
    /// The boot clock, in milliseconds.
    pub(crate) boot_millis: i64,
    /// The process, for a person who looks.
    pub(crate) process: u32,
    /// When it started, by the wall clock, for a person who looks.
    pub(crate) started: Timestamp,
}

/// A worker that is neither ended nor declared dead.
#[derive(Clone, Debug)]
pub(crate) struct WorkerRow {
    pub(crate) id: WorkerId,
    pub(crate) lock_name: String,
    pub(crate) boot_id: String,
    /// The boot clock at its last sign of life, in milliseconds.
    pub(crate) heartbeat: i64,
    pub(crate) process: u32,
    pub(crate) started: Timestamp,
    /// How many sessions it holds.
    pub(crate) held: u64,
}
