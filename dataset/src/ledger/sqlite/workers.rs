//! Workers and their leases.

use rusqlite::{Transaction, params};

use super::connection::Step;
use super::values::{Count, Date};
use crate::clock::BootTime;
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{RunStamp, WorkerId};
use crate::ledger::worker::{Activity, Liveness, NewWorker, WorkerRow};

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
        "worker {worker} was declared dead: by another process, because it showed no sign of life until its lease \
         ended, or by `ledger cancel`; next: run it again"
    );
    Err(Error::new(ErrorKind::WorkerDead, message).into())
}

pub(super) fn begin(tx: &Transaction<'_>, new: &NewWorker) -> Step<(WorkerId, RunStamp)> {
    let run = match new.run {
        Some(run) => run,
        None => RunStamp(stamp(tx)?),
    };
    let sql =
        "INSERT INTO workers (state, run, lock_name, boot_id, heartbeat, machine, process, started)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id";
    let started = Date(new.started);
    let worker: WorkerId = tx.query_row(
        sql,
        params![
            LIVE,
            run,
            new.lock_name,
            new.boot_id,
            BootTime::now().as_millis(),
            new.machine,
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

pub(super) fn heartbeat(
    tx: &Transaction<'_>,
    worker: WorkerId,
    activity: Option<&Activity>,
) -> Step<()> {
    check_live(tx, worker)?;
    tx.prepare_cached("UPDATE workers SET heartbeat = ? WHERE id = ?")?
        .execute(params![BootTime::now().as_millis(), worker])?;
    if let Some(activity) = activity {
        let sql =
            "UPDATE workers SET requests = ?, sessions_read = ?, recent_requests = ?, recent_sessions_read = ?,
                     recent_millis = ? WHERE id = ?";
        tx.prepare_cached(sql)?.execute(params![
            Count(activity.requests),
            Count(activity.sessions),
            Count(activity.recent_requests),
            Count(activity.recent_sessions),
            Count(activity.recent_millis),
            worker
        ])?;
    }
    Ok(())
}

pub(super) fn live(tx: &Transaction<'_>) -> Step<Vec<WorkerRow>> {
    let sql = "SELECT id, lock_name, boot_id, heartbeat, process, started,
                 (SELECT count(*) FROM claims WHERE claims.worker = workers.id), run, machine, requests, sessions_read,
                 recent_requests, recent_sessions_read, recent_millis
               FROM workers WHERE state = 0 ORDER BY id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        let count = |column| row.get::<_, Count>(column).map(|count| count.0);
        Ok(WorkerRow {
            id: row.get(0)?,
            run: row.get(7)?,
            lock_name: row.get(1)?,
            heartbeat: row.get(3)?,
            liveness: Liveness::ByLockAndBoot {
                boot_id: row.get(2)?,
            },
            machine: row.get(8)?,
            process: row.get(4)?,
            started: row.get::<_, Date>(5)?.0,
            held: count(6)?,
            activity: Activity {
                requests: count(9)?,
                sessions: count(10)?,
                recent_requests: count(11)?,
                recent_sessions: count(12)?,
                recent_millis: count(13)?,
            },
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

pub(super) fn cancel(tx: &Transaction<'_>, worker: WorkerId) -> Step<bool> {
    let mut live = tx.prepare_cached("SELECT 1 FROM workers WHERE id = ? AND state = 0")?;
    if !live.exists([worker])? {
        return Ok(false);
    }
    stop(tx, worker, DEAD)?;
    Ok(true)
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
