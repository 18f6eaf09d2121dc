//! The operations, each as one transaction.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::params;

use super::connection::Connection;
use super::{claims, commit, files, forget, sources, totals, workers};
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
use crate::ledger::worker::{Activity, NewWorker, WorkerRow};
use crate::ledger::{Ledger, Opened};
use crate::waiting::OnDelay;

/// A ledger in one SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteLedger {
    connection: Connection,
}

impl SqliteLedger {
    /// Makes the ledger of a dataset in an empty file, or opens the one that an interrupted call made.
    pub(crate) fn create(
        path: &Path,
        dataset: &str,
        key: &DigestKey,
        on_delay: OnDelay,
    ) -> Result<Opened> {
        let connection = Connection::open(path, on_delay)?;
        if !connection.has_schema()? {
            connection.configure()?;
            connection.write(|tx| {
                Connection::create_schema(tx, include_str!("schema.sql"))?;
                let sql = "INSERT INTO dataset (id, digest_key, counter) VALUES (?, ?, 0)";
                tx.execute(sql, params![dataset, key.0])?;
                Ok(())
            })?;
        }
        Self::of_dataset(connection, dataset)
    }

    /// Opens the ledger of a dataset.
    pub(crate) fn open(path: &Path, dataset: &str, on_delay: OnDelay) -> Result<Opened> {
        let connection = Connection::open(path, on_delay)?;
        if !connection.has_schema()? {
            let message = format!(
                "`{}` is empty, not a ledger; next: restore it, or give the ledger of this dataset",
                path.display()
            );
            return Err(Error::new(ErrorKind::LedgerForeign, message));
        }
        Self::of_dataset(connection, dataset)
    }

    fn of_dataset(connection: Connection, dataset: &str) -> Result<Opened> {
        let (id, key) = connection.read(|tx| {
            let sql = "SELECT id, digest_key FROM dataset";
            Ok(tx.query_row(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?)
        })?;
        if id != dataset {
            let path = connection.path().display();
            let message = format!(
                "the ledger `{path}` belongs to the dataset {id}, this is the dataset {dataset}; next: \
                 give the ledger of this dataset"
            );
            return Err(Error::new(ErrorKind::LedgerForeign, message));
        }
        connection.configure()?;
        Ok(Opened {
            ledger: Box::new(Self { connection }),
            digest_key: DigestKey(key),
        })
    }
}

impl Ledger for SqliteLedger {
    fn begin_run(&self, worker: &NewWorker) -> Result<(WorkerId, RunStamp)> {
        self.connection.write(|tx| workers::begin(tx, worker))
    }

    fn next_run(&self, worker: WorkerId) -> Result<RunStamp> {
        self.connection.write(|tx| workers::next_run(tx, worker))
    }

    fn heartbeat(&self, worker: WorkerId, activity: Option<&Activity>) -> Result<()> {
        self.connection
            .write(|tx| workers::heartbeat(tx, worker, activity))
    }

    fn live_workers(&self) -> Result<Vec<WorkerRow>> {
        self.connection.read(workers::live)
    }

    fn declare_dead(&self, by: WorkerId, dead: &[WorkerRow]) -> Result<()> {
        self.connection
            .write(|tx| workers::declare_dead(tx, by, dead))
    }

    fn cancel(&self, worker: WorkerId) -> Result<bool> {
        self.connection.write(|tx| workers::cancel(tx, worker))
    }

    fn end(&self, worker: WorkerId) -> Result<()> {
        self.connection.write(|tx| workers::end(tx, worker))
    }

    fn add_sessions(
        &self,
        worker: WorkerId,
        sessions: &[Listed],
        contact: Option<ContactKey>,
    ) -> Result<Added> {
        self.connection
            .write(|tx| sources::add_sessions(tx, worker, sessions, contact))
    }

    fn add_contacts(&self, worker: WorkerId, contacts: &[String]) -> Result<Added> {
        self.connection
            .write(|tx| sources::add_contacts(tx, worker, contacts))
    }

    fn claim_contacts(
        &self,
        worker: WorkerId,
        run: RunStamp,
        limit: u32,
    ) -> Result<Vec<ContactClaim>> {
        self.connection
            .write(|tx| sources::claim_contacts(tx, worker, run, limit))
    }

    fn end_contact(&self, worker: WorkerId, contact: ContactKey, end: &ContactEnd) -> Result<()> {
        self.connection
            .write(|tx| sources::end_contact(tx, worker, contact, end))
    }

    fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>> {
        self.connection.write(|tx| claims::claim(tx, request))
    }

    fn restart(
        &self,
        worker: WorkerId,
        session: SessionKey,
        epoch: Epoch,
        at: Timestamp,
    ) -> Result<Option<Vec<Digest>>> {
        self.connection
            .write(|tx| claims::restart(tx, worker, session, epoch, at))
    }

    fn commit(&self, commit: &Commit) -> Result<Committed> {
        self.connection.write(|tx| commit::commit(tx, commit))
    }

    fn reread(&self, worker: WorkerId, which: &Reread) -> Result<u64> {
        self.connection
            .write(|tx| sources::reread(tx, worker, which))
    }

    fn retry_failed(&self) -> Result<u64> {
        self.connection.write(sources::retry_failed)
    }

    fn counts(&self, worker: WorkerId, run: RunStamp) -> Result<Counts> {
        self.connection.read(|tx| totals::counts(tx, worker, run))
    }

    fn seal(&self, request: &SealRequest) -> Result<Vec<FileId>> {
        self.connection.write(|tx| files::seal(tx, request))
    }

    fn unpublished(&self) -> Result<Vec<SealedFile>> {
        self.connection.read(files::unpublished)
    }

    fn mark_published(&self, worker: WorkerId, published: &Published) -> Result<bool> {
        self.connection
            .write(|tx| files::mark_published(tx, worker, published))
    }

    fn removable_parts(&self) -> Result<Vec<PartName>> {
        self.connection.read(files::removable_parts)
    }

    fn parts_removed(&self, worker: WorkerId, parts: &[PartName]) -> Result<()> {
        self.connection
            .write(|tx| files::parts_removed(tx, worker, parts))
    }

    fn orphans(&self, parts: &[PartName]) -> Result<Vec<PartName>> {
        self.connection.read(|tx| files::orphans(tx, parts))
    }

    fn data_files(&self) -> Result<Vec<DataFile>> {
        self.connection.read(files::data_files)
    }

    fn forget(&self, worker: WorkerId, which: &Forget) -> Result<Vec<String>> {
        self.connection
            .write(|tx| forget::forget(tx, worker, which))
    }

    fn files_to_replace(&self) -> Result<Vec<FileToReplace>> {
        self.connection.read(forget::files_to_replace)
    }

    fn mark_replaced(&self, worker: WorkerId, replaced: &Replaced) -> Result<bool> {
        self.connection
            .write(|tx| forget::mark_replaced(tx, worker, replaced))
    }

    fn totals(&self) -> Result<Totals> {
        self.connection.read(totals::totals)
    }

    fn failures(&self, limit: u32) -> Result<Vec<Failure>> {
        self.connection.read(|tx| totals::failures(tx, limit))
    }
}
