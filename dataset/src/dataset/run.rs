//! One process's run on a dataset.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::commit::{CommitOutcome, Committer, SessionBatch};
use super::lease;
use super::publish::{self, PublishedFile, Whose};
use super::storage::Lock;
use super::store::Store;
use crate::error::Result;
use crate::ledger::digest::Digest;
use crate::ledger::file::{SealRequest, SealScope};
use crate::ledger::ids::{ContactKey, Epoch, RunStamp, SessionKey, WorkerId};
use crate::ledger::session::{
    Added, Claim, ClaimRequest, ContactClaim, ContactEnd, Listed, Reread,
};
use crate::ledger::totals::{Counts, Totals};
use crate::ledger::worker::{Activity, NewWorker};
use crate::machine;
use crate::random;

/// One process's run on a dataset: what it claims is its own, until it ends or is declared dead.
///
/// All calls block. Each is durable when it returns. Once another process has declared this worker dead,
/// all of them fail with [`WorkerDead`](crate::ErrorKind::WorkerDead).
#[derive(Debug)]
pub(crate) struct Run {
    pub(super) store: Arc<Store>,
    worker: WorkerId,
    stamp: AtomicI64,
    committer: Committer,
    lock: Mutex<Option<Lock>>,
}

impl Run {
    /// Registers a worker, then declares those dead that show no sign of life and removes what they left.
    pub(super) fn begin(store: Arc<Store>, continued: Option<RunStamp>) -> Result<Self> {
        // Locked before the ledger knows it: no one can find it unlocked while this process lives.
        let (lock_name, lock) = lease::lock(&*store.storage)?;
        let (worker, stamp) = store.ledger.begin_run(&NewWorker {
            run: continued,
            lock_name,
            boot_id: lease::boot_id(),
            machine: machine::name(),
            process: std::process::id(),
            started: Timestamp::now(),
        })?;
        let committer = Committer::new(worker);
        let run = Self {
            store,
            worker,
            stamp: AtomicI64::new(stamp.0),
            committer,
            lock: Mutex::new(lock),
        };
        match run.declare_dead().and_then(|_| run.clean_up()) {
            Ok(()) => Ok(run),
            Err(error) => {
                // What failed first is what is reported.
                let _ = run.end();
                Err(error)
            }
        }
    }

    /// Returns this worker's id.
    #[must_use]
    pub(crate) fn worker(&self) -> WorkerId {
        self.worker
    }

    /// Returns the stamp of the current run: sessions not claimed since are due.
    #[must_use]
    pub(crate) fn stamp(&self) -> RunStamp {
        RunStamp(self.stamp.load(Ordering::Acquire))
    }

    /// Begins the next run of the same worker: every open session is due again.
    pub(crate) fn renew(&self) -> Result<()> {
        let stamp = self.store.ledger.next_run(self.worker)?;
        self.stamp.store(stamp.0, Ordering::Release);
        Ok(())
    }

    /// Shows that this worker is alive. To be called every few seconds: without, its lease ends, and it is dead.
    pub(crate) fn heartbeat(&self) -> Result<()> {
        self.store.ledger.heartbeat(self.worker, None)
    }

    /// The same, and says what this worker did.
    pub(crate) fn report_activity(&self, activity: &Activity) -> Result<()> {
        self.store.ledger.heartbeat(self.worker, Some(activity))
    }

    /// Declares workers dead that show no sign of life. Their sessions are due again. Returns how many.
    pub(crate) fn declare_dead(&self) -> Result<usize> {
        let mut dead = Vec::new();
        for worker in self.store.ledger.live_workers()? {
            if worker.id != self.worker && lease::is_dead(&*self.store.storage, &worker)? {
                dead.push(worker);
            }
        }
        if !dead.is_empty() {
            self.store.ledger.declare_dead(self.worker, &dead)?;
        }
        Ok(dead.len())
    }

    /// Removes files that workers which are no longer live have left.
    pub(crate) fn clean_up(&self) -> Result<()> {
        publish::clean_up(&self.store)
    }

    /// Adds sessions, of a contact if one is given. One that is settled is opened again if newer activity
    /// than known is reported.
    pub(crate) fn add_sessions(
        &self,
        sessions: &[Listed],
        contact: Option<ContactKey>,
    ) -> Result<Added> {
        self.store
            .ledger
            .add_sessions(self.worker, sessions, contact)
    }

    /// Adds contacts, whose sessions are listed in every run.
    pub(crate) fn add_contacts(&self, contacts: &[String]) -> Result<Added> {
        self.store.ledger.add_contacts(self.worker, contacts)
    }

    /// Opens sessions again, to be read from the beginning. Returns how many.
    pub(crate) fn reread(&self, which: &Reread) -> Result<u64> {
        self.store.ledger.reread(self.worker, which)
    }

    /// Claims up to `limit` contacts that are due.
    pub(crate) fn claim_contacts(&self, limit: u32) -> Result<Vec<ContactClaim>> {
        self.store
            .ledger
            .claim_contacts(self.worker, self.stamp(), limit)
    }

    /// Records the end of a contact's listing.
    pub(crate) fn end_contact(&self, contact: ContactKey, end: &ContactEnd) -> Result<()> {
        self.store.ledger.end_contact(self.worker, contact, end)
    }

    /// Claims up to `limit` sessions that are due. `at` is the service's date.
    pub(crate) fn claim(&self, limit: u32, at: Timestamp) -> Result<Vec<Claim>> {
        self.store.ledger.claim(&ClaimRequest {
            worker: self.worker,
            run: self.stamp(),
            limit,
            at,
            settle: self.store.settings.settle(),
        })
    }

    /// Restarts a claimed session at its beginning, because its position was refused. Returns the digests
    /// of what is recorded; `None` if the claim is no longer held.
    pub(crate) fn restart(
        &self,
        session: SessionKey,
        epoch: Epoch,
        at: Timestamp,
    ) -> Result<Option<Vec<Digest>>> {
        self.store.ledger.restart(self.worker, session, epoch, at)
    }

    /// Returns the digest of a session's event: of its id, or of its JSON where there is none.
    #[must_use]
    pub(crate) fn digest(&self, session: &str, id_or_json: &str) -> Digest {
        self.store.digest_key.digest(session, id_or_json)
    }

    /// Records events and positions. `at` is the service's date.
    ///
    /// A claim that is no longer this worker's is refused, the others are recorded.
    ///
    /// # Errors
    ///
    /// If the part or the ledger can't be written. Nothing is recorded then, or all of it: the sessions
    /// must be released or claimed again, not committed again.
    pub(crate) fn commit(&self, batches: &[SessionBatch], at: Timestamp) -> Result<CommitOutcome> {
        self.committer
            .commit(&self.store, self.stamp(), at, batches)
    }

    /// Returns what is left to do for this run.
    pub(crate) fn counts(&self) -> Result<Counts> {
        self.store.ledger.counts(self.worker, self.stamp())
    }

    /// Returns the dataset's totals.
    pub(crate) fn totals(&self) -> Result<Totals> {
        self.store.ledger.totals()
    }

    /// Fixes which committed rows are in which new files. Returns how many files.
    pub(crate) fn seal(&self, scope: SealScope) -> Result<usize> {
        let files = self.store.ledger.seal(&SealRequest {
            worker: self.worker,
            run: self.stamp(),
            scope,
            file_weight: self.store.storage.file_bytes(),
            unique: random::hex()?,
            extension: format!(".{}", self.store.layout.extension()),
            at: Timestamp::now(),
        })?;
        crate::fault::point("seal:recorded");
        Ok(files.len())
    }

    /// Publishes the files that this worker or one that is no longer live has sealed.
    ///
    /// # Errors
    ///
    /// If a file can't be written, or a part is damaged. The others are published by the next call.
    pub(crate) fn publish(&self) -> Result<Vec<PublishedFile>> {
        publish::publish(&self.store, self.worker, Whose::OwnAndLeft)
    }

    /// Ends the run. What it holds is released, and parts of failed commits are removed.
    pub(crate) fn end(&self) -> Result<()> {
        let ended = self.store.ledger.end(self.worker);
        let lock = self
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(lock) = lock {
            lock.remove();
        }
        ended?;
        // What isn't waited for any more is left as it is: the next run does this too.
        let is_given_up = || self.store.waiting.is_given_up();
        if is_given_up() {
            return Ok(());
        }
        match self.clean_up() {
            Err(_) if is_given_up() => Ok(()),
            done => done,
        }
    }
}
