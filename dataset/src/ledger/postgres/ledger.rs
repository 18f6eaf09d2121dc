//! The operations, each as one transaction.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::connection::Connection;
use super::{claims, commit, contacts, files, forget, sources, totals, workers};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::digest::{Digest, DigestKey};
use crate::ledger::file::{
    DataFile, FileToReplace, PartName, Published, Replaced, SealRequest, SealedFile,
};
use crate::ledger::ids::{ContactKey, Epoch, FileId, RunStamp, SessionKey, WorkerId};
use crate::ledger::session::{
    Added, Claim, ClaimRequest, Commit, Committed, ContactClaim, ContactEnd, Forget, Listed, Reread,
};
use crate::ledger::totals::{Counts, Failure, Totals};
use crate::ledger::worker::{Activity, NewWorker, WorkerRow, lease};
use crate::ledger::{Check, Ledger, Opened};
use crate::postgres::PostgresUrl;
use crate::waiting::Waiting;

/// After how long without a sign of life a worker is dead. Longer than where processes share a machine: a
/// network can be down for a while.
const LEASE: Duration = Duration::from_secs(60);

/// The ledger of one dataset in a database that may have several.
#[derive(Debug)]
pub(crate) struct PostgresLedger {
    connection: Connection,
    /// The number of the next commit.
    next_commit: AtomicI64,
}

impl PostgresLedger {
    /// Makes the ledger of a dataset, or opens the one that an interrupted call made.
    pub(crate) fn create(
        url: &PostgresUrl,
        dataset: &str,
        key: &DigestKey,
        waiting: &Waiting,
    ) -> Result<Opened> {
        let connection = Connection::open(url, waiting)?;
        let key = key.0.as_slice();
        connection.write(async |tx| {
            let sql =
                "INSERT INTO datasets (id, digest_key) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
            tx.execute(sql, &[&dataset, &key]).await
        })?;
        Self::of_dataset(connection, dataset)
    }

    /// Opens the ledger of a dataset.
    pub(crate) fn open(url: &PostgresUrl, dataset: &str, waiting: &Waiting) -> Result<Opened> {
        Self::of_dataset(Connection::open(url, waiting)?, dataset)
    }

    fn of_dataset(mut connection: Connection, dataset: &str) -> Result<Opened> {
        let found = connection.read(async |tx| {
            let sql = "SELECT key, digest_key FROM datasets WHERE id = $1";
            let row = tx.first(sql, &[&dataset]).await?;
            Ok(row.map(|row| (row.get::<_, i32>(0), row.get::<_, Vec<u8>>(1))))
        })?;
        let Some((key, digest_key)) = found else {
            let message = format!(
                "{} has no ledger of the dataset {dataset}; next: give the ledger of this dataset with \
                 --ledger, restore it, or create a new dataset elsewhere",
                connection.url()
            );
            return Err(Error::new(ErrorKind::LedgerMissing, message));
        };
        let digest_key = digest_key.try_into().map_err(|_| super::tx::damaged())?;
        connection.set_dataset(key);
        let ledger = Self {
            connection,
            next_commit: AtomicI64::new(1),
        };
        Ok(Opened {
            ledger: Box::new(ledger),
            digest_key: DigestKey(digest_key),
        })
    }

    /// In batches: others commit meanwhile, and don't wait for millions of rows to be written.
    fn reread_all(&self, worker: WorkerId) -> Result<u64> {
        self.connection
            .write(async |tx| contacts::reopen_contacts(tx, worker).await)?;
        let (mut opened, mut after) = (0, Vec::new());
        while let Some((count, last)) = self
            .connection
            .write(async |tx| sources::reread_batch(tx, worker, &after).await)?
        {
            opened += count;
            after = last;
        }
        Ok(opened)
    }
}

impl Ledger for PostgresLedger {
    fn begin_run(&self, worker: &NewWorker) -> Result<(WorkerId, RunStamp)> {
        let begun = self
            .connection
            .write(async |tx| workers::begin(tx, worker).await)?;
        // Those of an earlier worker may be removed some day.
        self.connection.server.forget_acknowledged();
        Ok(begun)
    }

    fn next_run(&self, worker: WorkerId) -> Result<RunStamp> {
        self.connection
            .write(async |tx| workers::next_run(tx, worker).await)
    }

    fn heartbeat(&self, worker: WorkerId, activity: Option<&Activity>) -> Result<()> {
        self.connection
            .sign(async |tx| workers::heartbeat(tx, worker, activity).await)
    }

    fn live_workers(&self) -> Result<Vec<WorkerRow>> {
        self.connection
            .read(async |tx| workers::live(tx, lease(LEASE)).await)
    }

    fn declare_dead(&self, by: WorkerId, dead: &[WorkerRow]) -> Result<()> {
        self.connection
            .write(async |tx| workers::declare_dead(tx, by, dead).await)
    }

    fn cancel(&self, worker: WorkerId) -> Result<bool> {
        self.connection
            .write(async |tx| workers::cancel(tx, worker).await)
    }

    fn end(&self, worker: WorkerId) -> Result<()> {
        self.connection
            .write(async |tx| workers::end(tx, worker).await)?;
        self.connection.server.forget_acknowledged();
        Ok(())
    }

    fn add_sessions(
        &self,
        worker: WorkerId,
        sessions: &[Listed],
        contact: Option<ContactKey>,
    ) -> Result<Added> {
        self.connection
            .write(async |tx| sources::add_sessions(tx, worker, sessions, contact).await)
    }

    fn add_contacts(&self, worker: WorkerId, contacts: &[String]) -> Result<Added> {
        self.connection
            .write(async |tx| contacts::add_contacts(tx, worker, contacts).await)
    }

    fn claim_contacts(
        &self,
        worker: WorkerId,
        run: RunStamp,
        limit: u32,
    ) -> Result<Vec<ContactClaim>> {
        let epoch = Cell::new(None);
        self.connection
            .write(async |tx| contacts::claim_contacts(tx, worker, run, limit, &epoch).await)
    }

    fn end_contact(&self, worker: WorkerId, contact: ContactKey, end: &ContactEnd) -> Result<()> {
        self.connection
            .write(async |tx| contacts::end_contact(tx, worker, contact, end).await)
    }

    fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>> {
        let epoch = Cell::new(None);
        self.connection
            .write(async |tx| claims::claim(tx, request, &epoch).await)
    }

    fn restart(
        &self,
        worker: WorkerId,
        session: SessionKey,
        epoch: Epoch,
        at: Timestamp,
    ) -> Result<Option<Vec<Digest>>> {
        self.connection
            .write(async |tx| claims::restart(tx, worker, session, epoch, at).await)
    }

    fn commit(&self, commit: &Commit) -> Result<Committed> {
        let number = self.next_commit.fetch_add(1, Ordering::Relaxed);
        let committed = self
            .connection
            .write(async |tx| commit::commit(tx, commit, number).await)?;
        if matches!(committed, Committed::Recorded { .. }) {
            self.connection.server.acknowledged(commit.worker, number);
        }
        Ok(committed)
    }

    fn reread(&self, worker: WorkerId, which: &Reread) -> Result<u64> {
        match which {
            Reread::All => self.reread_all(worker),
            Reread::Sessions(ids) => self
                .connection
                .write(async |tx| sources::reread(tx, worker, ids).await),
        }
    }

    fn retry_failed(&self) -> Result<u64> {
        self.connection.write(sources::retry_failed)
    }

    fn counts(&self, worker: WorkerId, run: RunStamp) -> Result<Counts> {
        self.connection
            .read(async |tx| totals::counts(tx, worker, run).await)
    }

    fn seal(&self, request: &SealRequest) -> Result<Vec<FileId>> {
        self.connection
            .write(async |tx| files::seal(tx, request).await)
    }

    fn unpublished(&self) -> Result<Vec<SealedFile>> {
        self.connection.read(files::unpublished)
    }

    fn mark_published(&self, worker: WorkerId, published: &Published) -> Result<bool> {
        self.connection
            .write(async |tx| files::mark_published(tx, worker, published).await)
    }

    fn removable_parts(&self) -> Result<Vec<PartName>> {
        self.connection.read(files::removable_parts)
    }

    fn parts_removed(&self, worker: WorkerId, parts: &[PartName]) -> Result<()> {
        self.connection
            .write(async |tx| files::parts_removed(tx, worker, parts).await)
    }

    fn orphans(&self, parts: &[PartName]) -> Result<Vec<PartName>> {
        self.connection
            .read(async |tx| files::orphans(tx, parts).await)
    }

    fn data_files(&self) -> Result<Vec<DataFile>> {
        self.connection.read(files::data_files)
    }

    fn forget(&self, worker: WorkerId, which: &Forget) -> Result<Vec<String>> {
        self.connection
            .write(async |tx| forget::forget(tx, worker, which).await)
    }

    fn files_to_replace(&self) -> Result<Vec<FileToReplace>> {
        self.connection.read(forget::files_to_replace)
    }

    fn mark_replaced(&self, worker: WorkerId, replaced: &Replaced) -> Result<bool> {
        self.connection
            .write(async |tx| forget::mark_replaced(tx, worker, replaced).await)
    }

    fn totals(&self) -> Result<Totals> {
        self.connection.read(totals::totals)
    }

    fn failures(&self, limit: u32) -> Result<Vec<Failure>> {
        self.connection
            .read(async |tx| totals::failures(tx, limit).await)
    }

    fn on_change(&self, check: Check) {
        self.connection.server.on_change(check);
    }
}
