//! Workers and their leases.

use std::time::Duration;

use tokio_postgres::types::ToSql;

use super::tx::{Step, Tx};
use super::values::{date, millis, signed, storable, unsigned};
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{RunStamp, WorkerId};
use crate::ledger::worker::{Activity, Liveness, NewWorker, WorkerRow};

const ENDED: i16 = 1;
const DEAD: i16 = 2;

/// Takes the next value of the sequence, for a run or a claim.
///
/// It isn't undone with its transaction, and is not ordered as transactions are. Neither is needed: values are
/// unique, and one that was taken later is higher. So an epoch above a run's stamp was taken after that run
/// had begun, and what its claim reads is new enough for the run. The reverse may be wrong, for a claim that
/// was committed late: then a session is read once more than needed.
pub(super) async fn stamp(tx: &Tx<'_>) -> Step<i64> {
    Ok(tx.one("SELECT nextval('stamps')", &[]).await?.get(0))
}

/// Refuses a worker that is dead or ended, and keeps it from being declared dead until the transaction ends:
/// who declares it dead waits for this lock, and this waits for who does. Its signs of life don't.
pub(super) async fn check_live(tx: &Tx<'_>, worker: WorkerId) -> Step<()> {
    let sql = "SELECT 1 FROM workers WHERE id = $1 AND dataset = $2 AND state = 0 FOR KEY SHARE";
    match tx.first(sql, &[&worker.0, &tx.dataset]).await? {
        Some(_) => Ok(()),
        None => Err(dead(worker).into()),
    }
}

/// Waits until an attempt of the worker whose reply was lost has been committed or undone: until then, it holds
/// the worker's row. What the transaction sees after that is the outcome.
pub(super) async fn wait_for_attempt(tx: &Tx<'_>, worker: WorkerId) -> Step<()> {
    let sql = "SELECT 1 FROM workers WHERE id = $1 AND dataset = $2 FOR UPDATE";
    tx.first(sql, &[&worker.0, &tx.dataset]).await?;
    Ok(())
}

fn dead(worker: WorkerId) -> Error {
    let message = format!(
        "worker {worker} was declared dead: by another process, because it showed no sign of life until its lease \
         ended, or by `ledger cancel`; next: run it again"
    );
    Error::new(ErrorKind::WorkerDead, message)
}

/// Microseconds by the server's clock.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    };
}

pub(super) async fn begin(tx: &Tx<'_>, new: &NewWorker) -> Step<(WorkerId, RunStamp)> {
    let run = match new.run {
        Some(run) => run.0,
        None => stamp(tx).await?,
    };
    // The lock's name is random: a row of this name is what an earlier attempt inserted.
    let sql = concat!(
        "INSERT INTO workers (dataset, run, lock_name, heartbeat, process, started, machine)
         VALUES ($1, $2, $3, ",
        now!(),
        ", $4, $5, $6) ON CONFLICT (dataset, lock_name) DO NOTHING"
    );
    let (process, started) = (i64::from(new.process), millis(new.started));
    let machine = storable(&new.machine);
    let values: [&(dyn ToSql + Sync); 6] = [
        &tx.dataset,
        &run,
        &new.lock_name,
        &process,
        &started,
        &machine,
    ];
    tx.execute(sql, &values).await?;
    let sql = "SELECT id, run FROM workers WHERE dataset = $1 AND lock_name = $2";
    let row = tx.one(sql, &[&tx.dataset, &new.lock_name]).await?;
    prune(tx).await?;
    Ok((WorkerId(row.get(0)), RunStamp(row.get(1))))
}

/// Removes ended workers, but for those that are kept for a person who looks.
async fn prune(tx: &Tx<'_>) -> Step<()> {
    let sql = "DELETE FROM workers WHERE state <> 0 AND dataset = $1 AND id < (
                 SELECT min(id) FROM (SELECT id FROM workers WHERE dataset = $1
                                      ORDER BY id DESC LIMIT 100) AS kept)
               RETURNING id";
    let rows = tx.query(sql, &[&tx.dataset]).await?;
    if !rows.is_empty() {
        let removed: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        tx.execute("DELETE FROM commits WHERE worker = ANY($1)", &[&removed])
            .await?;
    }
    Ok(())
}

pub(super) async fn next_run(tx: &Tx<'_>, worker: WorkerId) -> Step<RunStamp> {
    let run = stamp(tx).await?;
    let sql = "UPDATE workers SET run = $3 WHERE id = $1 AND dataset = $2 AND state = 0";
    if tx.execute(sql, &[&worker.0, &tx.dataset, &run]).await? == 0 {
        return Err(dead(worker).into());
    }
    Ok(RunStamp(run))
}

pub(super) async fn heartbeat(
    tx: &Tx<'_>,
    worker: WorkerId,
    activity: Option<&Activity>,
) -> Step<()> {
    let sql = concat!(
        "UPDATE workers SET heartbeat = ",
        now!(),
        ", requests = coalesce($3, requests), sessions_read = coalesce($4, sessions_read),
           recent_requests = coalesce($5, recent_requests),
           recent_sessions_read = coalesce($6, recent_sessions_read), recent_millis = coalesce($7, recent_millis)
         WHERE id = $1 AND dataset = $2 AND state = 0"
    );
    let count = |of: fn(&Activity) -> u64| activity.map(|activity| signed(of(activity)));
    let values: [&(dyn ToSql + Sync); 7] = [
        &worker.0,
        &tx.dataset,
        &count(|activity| activity.requests),
        &count(|activity| activity.sessions),
        &count(|activity| activity.recent_requests),
        &count(|activity| activity.recent_sessions),
        &count(|activity| activity.recent_millis),
    ];
    if tx.execute(sql, &values).await? == 0 {
        return Err(dead(worker).into());
    }
    Ok(())
}

/// The server decides whose lease has expired. None has in the first such time after it started: while it was
/// down, no worker could show a sign of life.
pub(super) async fn live(tx: &Tx<'_>, lease: Duration) -> Step<Vec<WorkerRow>> {
    let sql = concat!(
        "SELECT id, lock_name, heartbeat, process, started,
           (SELECT count(*) FROM sessions WHERE sessions.dataset = $1 AND sessions.worker = workers.id),
           ",
        now!(),
        " - greatest(heartbeat, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint) > $2,
           ",
        now!(),
        " - heartbeat, run, machine, requests, sessions_read, recent_requests, recent_sessions_read, recent_millis
         FROM workers WHERE dataset = $1 AND state = 0 ORDER BY id"
    );
    let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    let rows = tx.query(sql, &[&tx.dataset, &lease]).await?;
    let worker = |row: &tokio_postgres::Row| {
        let count = |column: usize| unsigned(row.get(column));
        let silent = Duration::from_micros(count(7));
        Ok(WorkerRow {
            id: WorkerId(row.get(0)),
            run: RunStamp(row.get(8)),
            lock_name: row.get(1),
            heartbeat: row.get(2),
            machine: row.get(9),
            process: u32::try_from(row.get::<_, i64>(3)).unwrap_or(0),
            started: date(row.get(4))?,
            held: count(5),
            liveness: if row.get(6) {
                Liveness::Expired { silent }
            } else {
                Liveness::Alive { silent }
            },
            activity: Activity {
                requests: count(10),
                sessions: count(11),
                recent_requests: count(12),
                recent_sessions: count(13),
                recent_millis: count(14),
            },
        })
    };
    rows.iter().map(worker).collect()
}

pub(super) async fn declare_dead(tx: &Tx<'_>, by: WorkerId, dead: &[WorkerRow]) -> Step<()> {
    check_live(tx, by).await?;
    let mut dead: Vec<_> = dead.iter().filter(|worker| worker.id != by).collect();
    dead.sort_unstable_by_key(|worker| worker.id);
    for worker in dead {
        // It may have shown a sign of life meanwhile. The lock waits for what it is committing.
        let sql = "SELECT 1 FROM workers
                   WHERE id = $1 AND dataset = $2 AND state = 0 AND heartbeat = $3 FOR UPDATE";
        let values: [&(dyn ToSql + Sync); 3] = [&worker.id.0, &tx.dataset, &worker.heartbeat];
        if tx.first(sql, &values).await?.is_some() {
            stop(tx, worker.id, DEAD).await?;
        }
    }
    Ok(())
}

/// Waits for what the worker is committing. A worker that was stopped within a transaction holds up this one until
/// the server ends that, after some seconds.
pub(super) async fn cancel(tx: &Tx<'_>, worker: WorkerId) -> Step<bool> {
    let sql = "SELECT state FROM workers WHERE id = $1 AND dataset = $2 FOR UPDATE";
    let row = tx.first(sql, &[&worker.0, &tx.dataset]).await?;
    match row.map(|row| row.get::<_, i16>(0)) {
        Some(0) => stop(tx, worker, DEAD).await.map(|()| true),
        // The reply was lost.
        Some(DEAD) => Ok(tx.may_be_committed),
        _ => Ok(false),
    }
}

pub(super) async fn end(tx: &Tx<'_>, worker: WorkerId) -> Step<()> {
    let sql = "SELECT state FROM workers WHERE id = $1 AND dataset = $2 FOR UPDATE";
    let row = tx.first(sql, &[&worker.0, &tx.dataset]).await?;
    match row.map(|row| row.get::<_, i16>(0)) {
        Some(0) => stop(tx, worker, ENDED).await,
        // The reply was lost.
        Some(ENDED) if tx.may_be_committed => Ok(()),
        _ => Err(dead(worker).into()),
    }
}

/// Makes what a worker holds due again, as if it had never been claimed.
async fn stop(tx: &Tx<'_>, worker: WorkerId, state: i16) -> Step<()> {
    let sql = "UPDATE workers SET state = $2 WHERE id = $1";
    tx.execute(sql, &[&worker.0, &state]).await?;
    let sql = "SELECT 1 FROM sessions WHERE dataset = $1 AND worker = $2 ORDER BY id FOR UPDATE";
    tx.query(sql, &[&tx.dataset, &worker.0]).await?;
    let sql = "UPDATE sessions SET read_stamp = previous_stamp, worker = NULL, epoch = NULL,
                 previous_stamp = NULL WHERE dataset = $1 AND worker = $2";
    tx.execute(sql, &[&tx.dataset, &worker.0]).await?;
    let sql =
        "UPDATE contacts SET read_stamp = previous_stamp, worker = NULL, previous_stamp = NULL
               WHERE dataset = $1 AND worker = $2";
    tx.execute(sql, &[&tx.dataset, &worker.0]).await?;
    Ok(())
}
