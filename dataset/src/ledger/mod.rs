//! What is known of a dataset's sessions, workers, parts and files.
//!
//! ```text
//! Ledger ◄──── sqlite, postgres  every write is one transaction that checks that its worker isn't dead
//!   │
//!   ├── ids, digest, uuid        small values
//!   ├── read ──► session, settle what a claim and a commit do; when a session needs no more requests
//!   ├── file                     parts, frames, files
//!   ├── worker                   leases
//!   └── totals                   counts, failures
//! ```

pub(crate) mod digest;
pub(crate) mod file;
pub(crate) mod ids;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
pub(crate) mod postgres;
mod read;
pub(crate) mod session;
pub(crate) mod settle;
pub(crate) mod sqlite;
pub(crate) mod totals;
mod uuid;
pub(crate) mod worker;

use std::fmt::Debug;

use jiff::Timestamp;

use crate::error::Result;
use digest::{Digest, DigestKey};
use file::{DataFile, FileToReplace, PartName, Published, Replaced, SealRequest, SealedFile};
use ids::{ContactKey, Epoch, FileId, RunStamp, SessionKey, WorkerId};
use session::{
    Added, Claim, ClaimRequest, Commit, Committed, ContactClaim, ContactEnd, Forget, Listed, Reread,
};
use totals::{Counts, Failure, Totals};
use worker::{Activity, NewWorker, WorkerRow};

/// A ledger, with its dataset's key of digests.
pub(crate) struct Opened {
    pub(crate) ledger: Box<dyn Ledger>,
    pub(crate) digest_key: DigestKey,
}

/// What is called when a ledger may lack what was committed. Its error ends all that use the ledger.
pub(crate) type Check = Box<dyn Fn() -> Result<()> + Send + Sync>;

/// The operations of a ledger. Each is atomic, blocking, and durable when it returns.
///
/// Operations that take a worker fail with [`WorkerDead`](crate::ErrorKind::WorkerDead) once another
/// worker has declared it dead.
pub(crate) trait Ledger: Debug + Send + Sync {
    /// Registers a worker and takes the stamp of its run.
    fn begin_run(&self, worker: &NewWorker) -> Result<(WorkerId, RunStamp)>;
    /// Takes a new stamp for the next run of a worker.
    fn next_run(&self, worker: WorkerId) -> Result<RunStamp>;
    /// Records that a worker is alive, and what it did if that is given.
    fn heartbeat(&self, worker: WorkerId, activity: Option<&Activity>) -> Result<()>;
    /// Returns the workers neither ended nor declared dead.
    fn live_workers(&self) -> Result<Vec<WorkerRow>>;
    /// Declares workers dead: their sessions are due again, and what they do is no longer recorded.
    fn declare_dead(&self, by: WorkerId, dead: &[WorkerRow]) -> Result<()>;
    /// Declares a worker dead whatever signs of life it shows. Returns whether it was live.
    fn cancel(&self, worker: WorkerId) -> Result<bool>;
    /// Ends a worker. What it holds is released.
    fn end(&self, worker: WorkerId) -> Result<()>;

    /// Adds sessions, of a contact if one is given.
    fn add_sessions(
        &self,
        worker: WorkerId,
        sessions: &[Listed],
        contact: Option<ContactKey>,
    ) -> Result<Added>;
    /// Adds contacts, whose sessions are listed in every run.
    fn add_contacts(&self, worker: WorkerId, contacts: &[String]) -> Result<Added>;
    /// Claims up to `limit` contacts not yet listed since the run began.
    fn claim_contacts(
        &self,
        worker: WorkerId,
        run: RunStamp,
        limit: u32,
    ) -> Result<Vec<ContactClaim>>;
    /// Records the end of a contact's listing, and releases the contact.
    fn end_contact(&self, worker: WorkerId, contact: ContactKey, end: &ContactEnd) -> Result<()>;

    /// Claims sessions that are due.
    fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>>;
    /// Restarts a claimed session at its beginning; `None` if the claim is no longer held.
    fn restart(
        &self,
        worker: WorkerId,
        session: SessionKey,
        epoch: Epoch,
        at: Timestamp,
    ) -> Result<Option<Vec<Digest>>>;
    /// Records a part and its sessions' progress, or nothing if another worker has one of the sessions.
    fn commit(&self, commit: &Commit) -> Result<Committed>;
    /// Opens sessions again, to be read from the beginning. Returns how many. If it fails, some may be open:
    /// repeating it opens all.
    fn reread(&self, worker: WorkerId, which: &Reread) -> Result<u64>;
    /// Makes sessions and contacts whose last read failed due for every run, but for those that are being read.
    /// Returns how many.
    fn retry_failed(&self) -> Result<u64>;
    /// Returns what is left to do for a run.
    fn counts(&self, worker: WorkerId, run: RunStamp) -> Result<Counts>;

    /// Takes frames that belong to no file yet and fixes the names of new files for them.
    fn seal(&self, request: &SealRequest) -> Result<Vec<FileId>>;
    /// Returns the files that are sealed and not published.
    fn unpublished(&self) -> Result<Vec<SealedFile>>;
    /// Marks a file published. Returns whether it wasn't marked yet.
    fn mark_published(&self, worker: WorkerId, published: &Published) -> Result<bool>;
    /// Returns the parts whose frames are all published.
    fn removable_parts(&self) -> Result<Vec<PartName>>;
    /// Removes parts from the ledger whose files are gone.
    fn parts_removed(&self, worker: WorkerId, parts: &[PartName]) -> Result<()>;
    /// Returns which of these parts no worker can commit any longer and no transaction recorded.
    fn orphans(&self, parts: &[PartName]) -> Result<Vec<PartName>>;
    /// Returns all data files, published or not.
    fn data_files(&self) -> Result<Vec<DataFile>>;

    /// Marks sessions forgotten: never requested again. Returns the ids found.
    fn forget(&self, worker: WorkerId, which: &Forget) -> Result<Vec<String>>;
    /// Returns the published files that hold forgotten sessions.
    fn files_to_replace(&self) -> Result<Vec<FileToReplace>>;
    /// Records that a file was replaced by one without the forgotten sessions. Returns whether it did: not if
    /// the rows or bytes are others than before, because another worker has recorded its own replacement.
    fn mark_replaced(&self, worker: WorkerId, replaced: &Replaced) -> Result<bool>;

    /// Returns the totals.
    fn totals(&self) -> Result<Totals>;
    /// Returns up to `limit` sessions and contacts whose last read failed, with reasons.
    fn failures(&self, limit: u32) -> Result<Vec<Failure>>;

    /// Sets what is called when another server has taken over from the ledger's, which may lack what was
    /// committed last.
    fn on_change(&self, _: Check) {}
}
