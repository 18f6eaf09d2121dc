//! Ledgers that leave out one rule, as controls.

use std::path::PathBuf;

use rusqlite::{Connection, params};

use super::*;
use crate::error::Result;
use crate::fault;
use crate::ledger::Ledger;
use crate::ledger::digest::Digest;
use crate::ledger::file::{
    DataFile, FileToReplace, PartName, Published, Replaced, SealRequest, SealedFile,
};
use crate::ledger::ids::{ContactKey, Epoch, FileId, RunStamp, SessionKey, WorkerId};
use crate::ledger::session::{
    Added, ClaimRequest, Commit, Committed, ContactClaim, ContactEnd, Forget, Reread,
};
use crate::ledger::totals::{Counts, Failure, Totals};
use crate::ledger::worker::{Activity, NewWorker, WorkerRow};

/// A rule that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Commits are fenced by worker and epoch.
    Fence,
    /// A seal takes frames and names their file in one transaction.
    SealAtomically,
    /// Only what dead workers left is removed.
    OrphansOfDead,
    /// Files are built where readers don't look (left out by the test).
    BuildOutside,
    /// A run doesn't end before sealed files are published (left out by the test).
    RepeatPublish,
}

#[derive(Debug)]
pub(super) struct Wrapped {
    inner: Box<dyn Ledger>,
    without: Rule,
    file: PathBuf,
}

impl Wrapped {
    /// `file`: the ledger, if it is in one.
    pub(super) fn new(inner: Box<dyn Ledger>, without: Rule, file: PathBuf) -> Self {
        Self {
            inner,
            without,
            file,
        }
    }

    fn sql(&self) -> Connection {
        Connection::open(&self.file).unwrap()
    }

    /// Makes the fence hold whatever happened.
    fn force_claims(&self, commit: &Commit) {
        if !self.file.exists() {
            return force_postgres_claims(commit);
        }
        let sql = self.sql();
        sql.execute(
            "UPDATE workers SET state = 0 WHERE id = ?",
            [commit.worker.0],
        )
        .unwrap();
        for update in &commit.updates {
            let claim = "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, 0)";
            let row = params![update.session.0, commit.worker.0, update.epoch.0];
            sql.execute(claim, row).unwrap();
        }
    }

    /// Seals with a look first and a transaction later, which trusts what it saw.
    fn seal_in_two_steps(&self, request: &SealRequest) -> Vec<FileId> {
        let sql = self.sql();
        let count = "SELECT count(*) FROM frames WHERE file IS NULL";
        if sql
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap()
            == 0
        {
            return Vec::new();
        }
        // What it saw, by a name of its own.
        let seen = format!("seen_{}_{}", request.worker, request.unique);
        sql.execute_batch(&format!(
            "CREATE TABLE {seen} AS SELECT * FROM frames WHERE file IS NULL;
             CREATE TABLE {seen}_sessions AS SELECT * FROM frame_sessions;"
        ))
        .unwrap();
        drop(sql);
        fault::point("control:seen");
        self.sql()
            .execute_batch(&format!(
                "BEGIN IMMEDIATE;
                 INSERT INTO files (name, partition, worker, run, sealed)
                   VALUES ('{}.ndjson', '', {}, {}, 0);
                 INSERT OR REPLACE INTO frames SELECT * FROM {seen};
                 INSERT OR IGNORE INTO frame_sessions SELECT * FROM {seen}_sessions;
                 UPDATE frames SET file = (SELECT max(id) FROM files) WHERE id IN (SELECT id FROM {seen});
                 COMMIT;",
                request.unique, request.worker, request.run
            ))
            .unwrap();
        vec![FileId(0)]
    }
}

fn force_postgres_claims(commit: &Commit) {
    let worker = commit.worker;
    let mut sql = format!("UPDATE workers SET state = 0 WHERE id = {worker};");
    for update in &commit.updates {
        let (session, epoch) = (update.session, update.epoch);
        let claim = format!(
            "UPDATE sessions SET worker = {worker}, epoch = {epoch}, previous_stamp = 0 WHERE id = {session};"
        );
        sql.push_str(&claim);
    }
    super::ledgers::postgres_sql(&sql);
}

macro_rules! delegate {
    ($($name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($arg: $type),*) -> Result<$result> { self.inner.$name($($arg),*) })*
    };
}

impl Ledger for Wrapped {
    fn commit(&self, commit: &Commit) -> Result<Committed> {
        if self.without == Rule::Fence {
            self.force_claims(commit);
        }
        self.inner.commit(commit)
    }

    fn seal(&self, request: &SealRequest) -> Result<Vec<FileId>> {
        if self.without == Rule::SealAtomically {
            return Ok(self.seal_in_two_steps(request));
        }
        self.inner.seal(request)
    }

    fn orphans(&self, parts: &[PartName]) -> Result<Vec<PartName>> {
        if self.without != Rule::OrphansOfDead {
            return self.inner.orphans(parts);
        }
        let sql = self.sql();
        let known = "SELECT 1 FROM parts WHERE worker = ? AND number = ?";
        let mut known = sql.prepare(known).unwrap();
        let unknown =
            |part: &&PartName| !known.exists(params![part.worker.0, part.number]).unwrap();
        Ok(parts.iter().filter(unknown).copied().collect())
    }

    delegate! {
        begin_run(worker: &NewWorker) -> (WorkerId, RunStamp);
        next_run(worker: WorkerId) -> RunStamp;
        heartbeat(worker: WorkerId, activity: Option<&Activity>) -> ();
        live_workers() -> Vec<WorkerRow>;
        declare_dead(by: WorkerId, dead: &[WorkerRow]) -> ();
        cancel(worker: WorkerId) -> bool;
        end(worker: WorkerId) -> ();
        add_sessions(worker: WorkerId, sessions: &[Listed], contact: Option<ContactKey>) -> Added;
        add_contacts(worker: WorkerId, contacts: &[String]) -> Added;
        claim_contacts(worker: WorkerId, run: RunStamp, limit: u32) -> Vec<ContactClaim>;
        end_contact(worker: WorkerId, contact: ContactKey, end: &ContactEnd) -> ();
        claim(request: &ClaimRequest) -> Vec<Claim>;
        restart(worker: WorkerId, session: SessionKey, epoch: Epoch, at: Timestamp) -> Option<Vec<Digest>>;
        reread(worker: WorkerId, which: &Reread) -> u64;
        retry_failed() -> u64;
        counts(worker: WorkerId, run: RunStamp) -> Counts;
        unpublished() -> Vec<SealedFile>;
        mark_published(worker: WorkerId, published: &Published) -> bool;
        removable_parts() -> Vec<PartName>;
        parts_removed(worker: WorkerId, parts: &[PartName]) -> ();
        data_files() -> Vec<DataFile>;
        forget(worker: WorkerId, which: &Forget) -> Vec<String>;
        files_to_replace() -> Vec<FileToReplace>;
        mark_replaced(worker: WorkerId, replaced: &Replaced) -> bool;
        totals() -> Totals;
        failures(limit: u32) -> Vec<Failure>;
    }
}
