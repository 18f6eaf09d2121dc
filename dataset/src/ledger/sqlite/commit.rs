//! A part and its sessions' progress, in one transaction.

use rusqlite::{Transaction, params};

use super::claims::is_held;
use super::connection::Step;
use super::digests;
use super::values::{Count, Date};
use super::workers::check_live;
use crate::ledger::file::{NewFrame, NewPart};
use crate::ledger::ids::{Epoch, SessionKey};
use crate::ledger::read::{End, Reading};
use crate::ledger::session::{Commit, Committed};
use crate::ledger::settle::News;

pub(super) fn commit(tx: &Transaction<'_>, commit: &Commit) -> Step<Committed> {
    check_live(tx, commit.worker)?;
    let refused = refused(tx, commit)?;
    if !refused.is_empty() {
        return Ok(Committed::Refused(refused));
    }
    if let Some(part) = &commit.part {
        insert_part(tx, part)?;
    }
    let mut settled = 0;
    for update in &commit.updates {
        let mut row = read(tx, update.session)?;
        row.add(update, commit.at);
        digests::append(tx, update.session, &update.digests)?;
        let ended = row.end(update, commit);
        settled += u64::from(ended == End::Settled);
        write(tx, &row, update.session, ended)?;
    }
    Ok(Committed::Recorded { settled })
}

/// Returns the claims that are no longer this worker's.
fn refused(tx: &Transaction<'_>, commit: &Commit) -> Step<Vec<(SessionKey, Epoch)>> {
    let mut refused = Vec::new();
    for update in &commit.updates {
        if !is_held(tx, commit.worker, update.session, update.epoch)? {
            refused.push((update.session, update.epoch));
        }
    }
    Ok(refused)
}

fn insert_part(tx: &Transaction<'_>, part: &NewPart) -> Step<()> {
    let sql = "INSERT INTO parts (worker, number, bytes) VALUES (?, ?, ?) RETURNING id";
    let row = params![part.name.worker, part.name.number, Count(part.bytes)];
    let id: i64 = tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
    for frame in &part.frames {
        insert_frame(tx, id, frame)?;
    }
    Ok(())
}

fn insert_frame(tx: &Transaction<'_>, part: i64, frame: &NewFrame) -> Step<()> {
    let sql = "INSERT INTO frames (part, partition, offset, length, checksum, rows, weight)
               VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id";
    let span = &frame.span;
    let row = params![
        part,
        frame.partition,
        Count(span.offset),
        Count(span.length),
        span.checksum,
        Count(frame.rows),
        Count(frame.weight),
    ];
    let id: i64 = tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
    let sql = "INSERT OR IGNORE INTO frame_sessions (frame, session) VALUES (?, ?)";
    let mut insert = tx.prepare_cached(sql)?;
    for session in &frame.sessions {
        insert.execute(params![id, session])?;
    }
    Ok(())
}

fn read(tx: &Transaction<'_>, session: SessionKey) -> Step<Reading> {
    let sql = "SELECT events, malformed, last_event, ended, first_sight, checkpoint, since_start,
                     since_events, failure, missing_runs, missing_since, missing_run
                   FROM sessions LEFT JOIN reads ON reads.session = id WHERE id = ?";
    let mut select = tx.prepare_cached(sql)?;
    Ok(select.query_row([session], |row| {
        let date = |column| {
            row.get::<_, Option<Date>>(column)
                .map(|date| date.map(|date| date.0))
        };
        Ok(Reading {
            events: row.get::<_, Count>(0)?.0,
            malformed: row.get::<_, Option<Count>>(1)?.map_or(0, |count| count.0),
            news: News {
                last_event: date(2)?,
                ended: date(3)?,
                first_sight: date(4)?,
            },
            checkpoint: row.get(5)?,
            since_start: date(6)?,
            since_events: row.get::<_, Option<i64>>(7)?.unwrap_or(0),
            failure: row.get(8)?,
            missing_runs: row.get::<_, Option<u32>>(9)?.unwrap_or(0),
            missing_since: date(10)?,
            missing_run: row.get(11)?,
        })
    })?)
}

fn write(tx: &Transaction<'_>, row: &Reading, session: SessionKey, end: End) -> Step<()> {
    let state = match end {
        End::No | End::Open => 0,
        End::Settled => 1,
        End::Absent => 2,
    };
    let sql = "UPDATE sessions SET state = ?1, events = ?2, malformed = ?3, last_event = ?4,
                     reported_events = CASE WHEN reported_events > ?2 THEN reported_events END
                   WHERE id = ?5";
    tx.prepare_cached(sql)?.execute(params![
        state,
        Count(row.events),
        (row.malformed > 0).then_some(Count(row.malformed)),
        row.news.last_event.map(Date),
        session,
    ])?;
    if end != End::No {
        tx.prepare_cached("DELETE FROM claims WHERE session = ?")?
            .execute([session])?;
    }
    if state != 0 {
        tx.prepare_cached("DELETE FROM reads WHERE session = ?")?
            .execute([session])?;
        return Ok(());
    }
    let sql =
            "INSERT OR REPLACE INTO reads (session, checkpoint, since_start, since_events, first_sight,
                     failure, missing_runs, missing_since, missing_run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![
        session,
        row.checkpoint,
        row.since_start.map(Date),
        row.since_events,
        row.news.first_sight.map(Date),
        row.failure,
        row.missing_runs,
        row.missing_since.map(Date),
        row.missing_run,
    ])?;
    Ok(())
}
