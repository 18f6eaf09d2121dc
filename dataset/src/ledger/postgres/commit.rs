//! A part and its sessions' progress, in one transaction.

use std::collections::{BTreeMap, HashSet};

use futures::try_join;
use tokio_postgres::Row;

use super::part::insert_part;
use super::tx::{Step, Tx, damaged};
use super::values::{millis, signed, some_date, storable, unsigned};
use super::workers::{check_live, wait_for_attempt};
use crate::ledger::digest::{Digest, join};
use crate::ledger::ids::{Epoch, SessionKey, WorkerId};
use crate::ledger::read::{End, Reading};
use crate::ledger::session::{Commit, Committed};
use crate::ledger::settle::News;

/// `number` is the same in each attempt, and no other commit of the worker has it.
pub(super) async fn commit(tx: &Tx<'_>, commit: &Commit, number: i64) -> Step<Committed> {
    if tx.may_be_committed {
        wait_for_attempt(tx, commit.worker).await?;
        if let Some(settled) = recorded(tx, commit.worker, number).await? {
            return Ok(Committed::Recorded { settled });
        }
    }
    let ((), rows) = try_join!(check_live(tx, commit.worker), lock(tx, commit))?;
    let mut changes = Changes::read(&rows)?;
    let refused = changes.refused(commit);
    if !refused.is_empty() {
        return Ok(Committed::Refused(refused));
    }
    let settled = changes.apply(commit)?;
    try_join!(
        changes.write(tx),
        append_digests(tx, commit),
        insert_part(tx, commit.part.as_ref()),
        record(tx, commit.worker, number, settled),
    )?;
    Ok(Committed::Recorded { settled })
}

/// Returns how many sessions a commit settled, if it was recorded.
async fn recorded(tx: &Tx<'_>, worker: WorkerId, number: i64) -> Step<Option<u64>> {
    let sql = "SELECT settled FROM commits WHERE worker = $1 AND number = $2";
    let row = tx.first(sql, &[&worker.0, &number]).await?;
    Ok(row.map(|row| unsigned(row.get(0))))
}

/// How many commits of a worker are remembered, at least. Only the last can be asked for.
const REMEMBERED: i64 = if cfg!(test) { 3 } else { 100 };

/// Records that a commit was, which fails if it had been. Forgets older ones, now and then: a worker that follows
/// makes one a second for months.
async fn record(tx: &Tx<'_>, worker: WorkerId, number: i64, settled: u64) -> Step<()> {
    let sql = "INSERT INTO commits (worker, number, settled) VALUES ($1, $2, $3)";
    tx.execute(sql, &[&worker.0, &number, &signed(settled)])
        .await?;
    if number % REMEMBERED == 0 {
        let sql = "DELETE FROM commits WHERE worker = $1 AND number <= $2";
        tx.execute(sql, &[&worker.0, &(number - REMEMBERED)])
            .await?;
    }
    Ok(())
}

/// Locks the sessions, in order, so that nothing takes the claims away before the transaction ends.
async fn lock(tx: &Tx<'_>, commit: &Commit) -> Step<Vec<Row>> {
    let sql =
        "SELECT id, worker, epoch, events, malformed, last_event, ended, first_sight, checkpoint,
                 since_start, coalesce(since_events, 0), failure, coalesce(missing_runs, 0)::bigint,
                 missing_since, missing_run
               FROM sessions WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let ids: Vec<_> = commit
        .updates
        .iter()
        .map(|update| update.session.0)
        .collect();
    tx.query(sql, &[&ids]).await
}

/// A session as it is, and what becomes of it.
struct Change {
    held: (Option<i64>, Option<i64>),
    reading: Reading,
    end: End,
}

struct Changes(BTreeMap<SessionKey, Change>);

impl Changes {
    fn read(rows: &[Row]) -> Step<Self> {
        let change = |row: &Row| {
            let change = Change {
                held: (row.get(1), row.get(2)),
                reading: Reading {
                    events: unsigned(row.get(3)),
                    malformed: row.get::<_, Option<i64>>(4).map_or(0, unsigned),
                    news: News {
                        last_event: some_date(row.get(5))?,
                        ended: some_date(row.get(6))?,
                        first_sight: some_date(row.get(7))?,
                    },
                    checkpoint: row.get(8),
                    since_start: some_date(row.get(9))?,
                    since_events: row.get(10),
                    failure: row.get(11),
                    missing_runs: u32::try_from(unsigned(row.get(12))).unwrap_or(u32::MAX),
                    missing_since: some_date(row.get(13))?,
                    missing_run: row.get(14),
                },
                end: End::No,
            };
            Ok((SessionKey(row.get(0)), change))
        };
        Ok(Self(rows.iter().map(change).collect::<Step<_>>()?))
    }

    /// Returns the claims that are no longer the worker's.
    fn refused(&self, commit: &Commit) -> Vec<(SessionKey, Epoch)> {
        let held = |session, epoch: Epoch| {
            let change = self.0.get(&session);
            change.is_some_and(|change| change.held == (Some(commit.worker.0), Some(epoch.0)))
        };
        let updates = commit.updates.iter();
        let refused = updates.filter(|update| !held(update.session, update.epoch));
        let mut seen = HashSet::new();
        refused
            .map(|update| (update.session, update.epoch))
            .filter(|refused| seen.insert(*refused))
            .collect()
    }

    /// Applies the updates, of which a session may have several. Returns how many sessions settled.
    fn apply(&mut self, commit: &Commit) -> Step<u64> {
        let mut settled = 0;
        for update in &commit.updates {
            let change = self.0.get_mut(&update.session).ok_or_else(damaged)?;
            change.reading.add(update, commit.at);
            let ended = change.reading.end(update, commit);
            settled += u64::from(ended == End::Settled);
            if ended != End::No {
                change.end = ended;
            }
        }
        Ok(settled)
    }

    async fn write(&self, tx: &Tx<'_>) -> Step<()> {
        // Nothing is kept of the read of a session that needs no more of them.
        let open = |change: &Change| matches!(change.end, End::No | End::Open);
        let column = |of: &dyn Fn(&Reading) -> Option<i64>| -> Vec<Option<i64>> {
            let changes = self.0.values();
            changes
                .map(|change| open(change).then(|| of(&change.reading)).flatten())
                .collect()
        };
        let text = |of: fn(&Reading) -> Option<&String>| -> Vec<Option<String>> {
            let of = |change| open(change).then(|| of(&change.reading)).flatten();
            let changes = self.0.values();
            changes
                .map(|change| of(change).map(|text| storable(text)))
                .collect()
        };
        let ids: Vec<_> = self.0.keys().map(|session| session.0).collect();
        let states: Vec<_> = self.0.values().map(|change| state(change.end)).collect();
        let ended: Vec<_> = self
            .0
            .values()
            .map(|change| change.end != End::No)
            .collect();
        let readings = || self.0.values().map(|change| &change.reading);
        let events: Vec<_> = readings().map(|reading| signed(reading.events)).collect();
        let malformed: Vec<_> = readings()
            .map(|reading| (reading.malformed > 0).then(|| signed(reading.malformed)))
            .collect();
        let last_events: Vec<_> = readings()
            .map(|reading| reading.news.last_event.map(millis))
            .collect();
        let sql = "UPDATE sessions SET state = new.state,
             worker = CASE WHEN NOT new.has_ended THEN worker END,
             epoch = CASE WHEN NOT new.has_ended THEN epoch END,
             previous_stamp = CASE WHEN NOT new.has_ended THEN previous_stamp END,
             events = new.events, malformed = new.malformed, last_event = new.last_event,
             reported_events = CASE WHEN reported_events > new.events THEN reported_events END,
             checkpoint = new.checkpoint, since_start = new.since_start, since_events = new.since_events,
             first_sight = new.first_sight, failure = new.failure,
             missing_runs = new.missing_runs::integer, missing_since = new.missing_since,
             missing_run = new.missing_run
           FROM unnest($1::bigint[], $2::smallint[], $3::boolean[], $4::bigint[], $5::bigint[], $6::bigint[],
               $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[],
               $13::bigint[], $14::bigint[])
             AS new (id, state, has_ended, events, malformed, last_event, checkpoint, since_start, since_events,
               first_sight, failure, missing_runs, missing_since, missing_run)
           WHERE sessions.id = new.id";
        tx.execute(
            sql,
            &[
                &ids,
                &states,
                &ended,
                &events,
                &malformed,
                &last_events,
                &text(|reading| reading.checkpoint.as_ref()),
                &column(&|reading| reading.since_start.map(millis)),
                &column(&|reading| Some(reading.since_events)),
                &column(&|reading| reading.news.first_sight.map(millis)),
                &text(|reading| reading.failure.as_ref()),
                &column(&|reading| Some(i64::from(reading.missing_runs)).filter(|runs| *runs > 0)),
                &column(&|reading| reading.missing_since.map(millis)),
                &column(&|reading| reading.missing_run),
            ],
        )
        .await?;
        Ok(())
    }
}

fn state(end: End) -> i16 {
    match end {
        End::No | End::Open => 0,
        End::Settled => 1,
        End::Absent => 2,
    }
}

/// Adds the digests of each session's events as one row.
async fn append_digests(tx: &Tx<'_>, commit: &Commit) -> Step<()> {
    let mut new: BTreeMap<SessionKey, Vec<Digest>> = BTreeMap::new();
    for update in &commit.updates {
        if !update.digests.is_empty() {
            new.entry(update.session)
                .or_default()
                .extend(&update.digests);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let sessions: Vec<_> = new.keys().map(|session| session.0).collect();
    let digests: Vec<_> = new.values().map(|digests| join(digests)).collect();
    let sql = "INSERT INTO digests (session, number, digests)
               SELECT new.session, coalesce((SELECT max(number) + 1 FROM digests AS known
                                             WHERE known.session = new.session), 0), new.digests
               FROM unnest($1::bigint[], $2::bytea[]) AS new (session, digests)";
    tx.execute(sql, &[&sessions, &digests]).await?;
    Ok(())
}
