//! Workers and their leases.

use rusqlite::{Transaction, params};

use super::connection::Step;
use super::values::{Count, Date};
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{RunStamp, WorkerId};
use crate::ledger::worker::{Liveness, NewWorker, WorkerRow};

const LIVE: i64 = 0;
const ENDED: i64 = 1;
const DEAD: i64 = 2;
/// How many ended workers are kept for a person who looks.
const KEPT: i64 = 100;

/// Takes the next value of the counter.
pub(super) fn stamp(tx: &Transaction<'_>) -> Step<i64> {
    let sql = "UPDATE dataset SET counter = counter + 1 RETURNING counter";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Refuses a worker that is dead or ended.
pub(super) fn check_live(tx: &Transaction<'_>, worker: WorkerId) -> Step<()> {
    let mut live = tx.prepare_cached("SELECT 1 FROM workers WHERE id = ? AND state = 0")?;
    if live.exists([worker])? {
        return Ok(());
    }
    let message = format!(
        "another process declared worker {worker} dead, because it showed no sign of life for over 30 s; \
         next: run it again"
    );
    Err(Error::new(ErrorKind::WorkerDead, message).into())
}

pub(super) fn begin(tx: &Transaction<'_>, new: &NewWorker) -> Step<(WorkerId, RunStamp)> {
    let run = match new.run {
        Some(run) => run,
        None => RunStamp(stamp(tx)?),
    };
    let sql = "INSERT INTO workers (state, run, lock_name, boot_id, heartbeat, process, started)
               VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id";
    let started = Date(new.started);
    let worker: WorkerId = tx.query_row(
        sql,
        params![
            LIVE,
            run,
            new.lock_name,
            new.boot_id,
            new.boot_millis,
            new.process,
            started
        ],
        |row| row.get(0),
    )?;
    tx.execute(
        "DELETE FROM workers WHERE state <> ? AND id < ?",
        params![LIVE, worker.0 - KEPT],
    )?;
    Ok((worker, run))
}

pub(super) fn next_run(tx: &Transaction<'_>, worker: WorkerId) -> Step<RunStamp> {
    check_live(tx, worker)?;
    let run = RunStamp(stamp(tx)?);
    tx.execute(
        "UPDATE workers SET run = ? WHERE id = ?",
        params![run, worker],
    )?;
    Ok(run)
}

pub(super) fn heartbeat(tx: &Transaction<'_>, worker: WorkerId, boot_millis: i64) -> Step<()> {
    check_live(tx, worker)?;
    tx.execute(
        "UPDATE workers SET heartbeat = ? WHERE id = ?",
        params![boot_millis, worker],
    )?;
    Ok(())
}

pub(super) fn live(tx: &Transaction<'_>) -> Step<Vec<WorkerRow>> {
    let sql = "SELECT id, lock_name, boot_id, heartbeat, process, started,
                 (SELECT count(*) FROM claims WHERE claims.worker = workers.id)
               FROM workers WHERE state = 0 ORDER BY id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok(WorkerRow {
            id: row.get(0)?,
            lock_name: row.get(1)?,
            heartbeat: row.get(3)?,
            liveness: Liveness::ByLockAndBoot {
                boot_id: row.get(2)?,
            },
            process: row.get(4)?,
            started: row.get::<_, Date>(5)?.0,
            held: row.get::<_, Count>(6)?.0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn declare_dead(tx: &Transaction<'_>, by: WorkerId, dead: &[WorkerRow]) -> Step<()> {
    check_live(tx, by)?;
    for worker in dead.iter().filter(|worker| worker.id != by) {
        // It may have shown a sign of life while this process waited for the ledger's lock.
        let sql = "SELECT 1 FROM workers WHERE id = ? AND heartbeat = ?";
        if tx
            .prepare_cached(sql)?
            .exists(params![worker.id, worker.heartbeat])?
        {
            stop(tx, worker.id, DEAD)?;
        }
    }
    Ok(())
}

pub(super) fn end(tx: &Transaction<'_>, worker: WorkerId) -> Step<()> {
    check_live(tx, worker)?;
    stop(tx, worker, ENDED)
}

/// Makes what a worker holds due again, as if it had never been claimed.
fn stop(tx: &Transaction<'_>, worker: WorkerId, state: i64) -> Step<()> {
    tx.execute(
        "UPDATE workers SET state = ? WHERE id = ? AND state = 0",
        params![state, worker],
    )?;
    tx.execute(
        "UPDATE sessions SET read_stamp = claims.previous_stamp FROM claims
         WHERE claims.session = sessions.id AND claims.worker = ?",
        [worker],
    )?;
    tx.execute("DELETE FROM claims WHERE worker = ?", [worker])?;
    tx.execute(
        "UPDATE contacts SET read_stamp = previous_stamp, worker = NULL, previous_stamp = NULL
         WHERE worker = ?",
        [worker],
    )?;
    Ok(())
}
