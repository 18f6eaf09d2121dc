//! The processes that work on a dataset, as a person wants to know them.

use serde::Serialize;

use super::lease;
use super::store::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::ids::WorkerId;
use crate::ledger::worker::{Activity, WorkerRow};

/// What a count of the last minute is of, in milliseconds.
const MINUTE: u64 = 60_000;

/// A process that works on a dataset.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// Its id in the ledger, as [`Dataset::cancel_worker`](crate::Dataset::cancel_worker) takes it. Never given
    /// twice.
    pub id: i64,
    /// Host name of its machine; empty if unknown.
    pub machine: String,
    /// Its process id on that machine.
    pub process: u32,
    /// When it started, in RFC 3339.
    pub started: String,
    /// How many sessions it holds.
    pub sessions: u64,
    /// How many sessions it has read to their present end.
    pub sessions_read: u64,
    /// How many requests it has sent.
    pub requests: u64,
    /// Whether it is alive. If not, the next run frees its sessions.
    pub alive: bool,
    /// How long ago it showed a sign of life, in seconds: by the clock of the ledger's database, or since this
    /// machine booted. `None` if the machine has booted since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_seconds: Option<u64>,
}

/// What live workers do together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    /// Requests of the last minute.
    pub(super) requests: Option<u64>,
    /// Sessions that are left to read for the run that began last.
    pub(super) sessions_left: Option<u64>,
    pub(super) seconds_left: Option<u64>,
}

fn status(store: &Store, worker: &WorkerRow) -> Result<WorkerStatus> {
    Ok(WorkerStatus {
        id: worker.id.0,
        machine: worker.machine.clone(),
        process: worker.process,
        started: worker.started.to_string(),
        sessions: worker.held,
        sessions_read: worker.activity.sessions,
        requests: worker.activity.requests,
        alive: !lease::is_dead(&*store.storage, worker)?,
        last_sign_seconds: lease::silence(worker).map(|silence| silence.as_secs()),
    })
}

/// Returns all workers that neither ended nor were declared dead, and what those that are alive do together.
pub(super) fn workers(store: &Store) -> Result<(Vec<WorkerStatus>, Pace)> {
    let rows = store.ledger.live_workers()?;
    let workers: Result<Vec<_>> = rows.iter().map(|row| status(store, row)).collect();
    let workers = workers?;
    let alive = rows.iter().zip(&workers);
    let alive: Vec<_> = alive
        .filter(|(_, worker)| worker.alive)
        .map(|(row, _)| row)
        .collect();
    let Some(run) = alive.iter().map(|row| row.run).max() else {
        return Ok((workers, Pace::default()));
    };
    // Of no worker: what any of them holds is left to read too.
    let counts = store.ledger.counts(WorkerId(0), run)?;
    let left = counts.sessions_left();
    let contacts_left = counts.due_contacts + counts.contacts_held_elsewhere;
    let activities: Vec<_> = alive.iter().map(|row| row.activity).collect();
    let pace = Pace {
        requests: requests_last_minute(&activities),
        sessions_left: Some(left),
        // A contact may have any number of sessions.
        seconds_left: seconds_left(left, &activities).filter(|_| contacts_left == 0),
    };
    Ok((workers, pace))
}

/// Returns the requests of the last minute; `None` if no worker has said twice how many it sent.
fn requests_last_minute(workers: &[Activity]) -> Option<u64> {
    let known = workers.iter().filter(|worker| worker.recent_millis > 0);
    // Its time is a little more than a minute, or less because it began then: it sent none before.
    let requests = |worker: &Activity| {
        let time = worker.recent_millis.max(MINUTE);
        worker.recent_requests.saturating_mul(MINUTE) / time
    };
    known.map(requests).reduce(u64::saturating_add)
}

/// Returns how long sessions take at the workers' pace; `None` if they have ended none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is an estimate, and positive"
)]
fn seconds_left(sessions: u64, workers: &[Activity]) -> Option<u64> {
    if sessions == 0 {
        return Some(0);
    }
    let known = workers.iter().filter(|worker| worker.recent_millis > 0);
    let per_milli = |worker: &Activity| worker.recent_sessions as f64 / worker.recent_millis as f64;
    let per_second = known.map(per_milli).sum::<f64>() * 1_000.0;
    (per_second > 0.0).then(|| (sessions as f64 / per_second).ceil() as u64)
}

/// Declares a worker dead, whatever signs of life it shows. Returns what it was.
pub(super) fn cancel(store: &Store, id: i64) -> Result<WorkerStatus> {
    let rows = store.ledger.live_workers()?;
    if let Some(row) = rows.iter().find(|row| row.id.0 == id) {
        let worker = status(store, row)?;
        if store.ledger.cancel(row.id)? {
            return Ok(worker);
        }
    }
    Err(no_worker(id, &rows))
}

fn no_worker(id: i64, rows: &[WorkerRow]) -> Error {
    let shown = |row: &WorkerRow| match row.machine.as_str() {
        "" => format!("{} (process {})", row.id, row.process),
        machine => format!("{} (process {} on {machine})", row.id, row.process),
    };
    let others = rows.iter().filter(|row| row.id.0 != id);
    let shown: Vec<_> = others.map(shown).collect();
    let message = if shown.is_empty() {
        format!(
            "the dataset has no live worker {id}, nor any other; next: nothing, its sessions are free"
        )
    } else {
        format!(
            "the dataset has no live worker {id}; next: give the id of one that it has: {}",
            shown.join(", ")
        )
    };
    Error::new(ErrorKind::NoWorker, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(requests: u64, sessions: u64, millis: u64) -> Activity {
        Activity {
            requests: 1_000_000,
            sessions: 1_000_000,
            recent_requests: requests,
            recent_sessions: sessions,
            recent_millis: millis,
        }
    }

    #[test]
    fn a_minute_of_requests_is_summed_over_workers_and_unknown_before_their_second_sign() {
        let just_begun = activity(0, 0, 0);
        assert_eq!(requests_last_minute(&[]), None);
        assert_eq!(requests_last_minute(&[just_begun]), None);
        let (busy, new) = (activity(330, 66, 66_000), activity(20, 1, 5_000));
        assert_eq!(requests_last_minute(&[busy, just_begun]), Some(300));
        assert_eq!(requests_last_minute(&[busy, new]), Some(320));
        assert_eq!(requests_last_minute(&[activity(0, 0, 60_000)]), Some(0));
    }

    #[test]
    fn the_time_left_follows_from_the_sessions_that_workers_end() {
        let (one, other) = (activity(0, 60, 60_000), activity(0, 5, 5_000));
        assert_eq!(seconds_left(100, &[one]), Some(100));
        assert_eq!(seconds_left(100, &[one, other]), Some(50));
        assert_eq!(seconds_left(100, &[activity(9, 0, 60_000)]), None);
        assert_eq!(seconds_left(100, &[activity(0, 0, 0)]), None);
        assert_eq!(seconds_left(0, &[]), Some(0));
    }
}
