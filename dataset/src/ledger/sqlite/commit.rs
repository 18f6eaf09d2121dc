//! A part and its sessions' progress, in one transaction.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::claims::is_held;
use super::connection::Step;
use super::digests;
use super::values::{Count, Date};
use super::workers::check_live;
use crate::ledger::file::{NewFrame, NewPart};
use crate::ledger::ids::{Epoch, SessionKey};
use crate::ledger::session::{Commit, Committed, Progress, SessionUpdate};
use crate::ledger::settle::{News, is_absent};

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
        let mut row = Row::read(tx, update.session)?;
        row.add(update, commit.at);
        digests::append(tx, update.session, &update.digests)?;
        let ended = row.end(update, commit);
        settled += u64::from(ended == End::Settled);
        row.write(tx, update, ended)?;
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

/// How a session's read ended, if it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    No,
    Open,
    Settled,
    Absent,
}

/// What is known of a session whose read continues.
struct Row {
    events: u64,
    malformed: u64,
    news: News,
    checkpoint: Option<String>,
    since_start: Option<Timestamp>,
    since_events: i64,
    failure: Option<String>,
    missing_runs: u32,
    missing_since: Option<Timestamp>,
    missing_run: Option<i64>,
}

impl Row {
    fn read(tx: &Transaction<'_>, session: SessionKey) -> Step<Self> {
        let sql =
            "SELECT events, malformed, last_event, ended, first_sight, checkpoint, since_start,
                     since_events, failure, missing_runs, missing_since, missing_run
                   FROM sessions LEFT JOIN reads ON reads.session = id WHERE id = ?";
        let mut select = tx.prepare_cached(sql)?;
        Ok(select.query_row([session], |row| {
            let date = |column| {
                row.get::<_, Option<Date>>(column)
                    .map(|date| date.map(|date| date.0))
            };
            Ok(Self {
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

    /// Adds events.
    fn add(&mut self, update: &SessionUpdate, at: Timestamp) {
        self.malformed += update.malformed;
        if let Some(checkpoint) = &update.checkpoint {
            self.checkpoint = Some(checkpoint.clone());
        }
        if !update.digests.is_empty() {
            self.events += update.digests.len() as u64;
            // A device's clock can be ahead: a date to come would keep the session open until then.
            let last_event = update.last_event.map(|date| date.min(at));
            self.news.last_event = self.news.last_event.max(last_event);
            self.news.first_sight = Some(at);
        }
    }

    /// Ends the read, if it got to an end.
    fn end(&mut self, update: &SessionUpdate, commit: &Commit) -> End {
        match &update.progress {
            Progress::Reading => return End::No,
            Progress::Failed { reason } => self.failure = Some(reason.clone()),
            Progress::NotFound => return self.missing(commit),
            Progress::UpToDate => {
                self.failure = None;
                (self.missing_runs, self.missing_since, self.missing_run) = (0, None, None);
                // Before the first response of a run, this machine's clock gave the date.
                let began = self.since_start.take().map(|began| began.min(commit.at));
                // Without events and dates, its age is measured from its first read on.
                if self.news == News::default() {
                    self.news.first_sight = began.or(Some(commit.at));
                }
                if began.is_some_and(|began| self.news.settles(began, commit.settle)) {
                    return End::Settled;
                }
            }
        }
        End::Open
    }

    /// Counts a run in which the service didn't have the session.
    fn missing(&mut self, commit: &Commit) -> End {
        if self.missing_run != Some(commit.run.0) {
            self.missing_run = Some(commit.run.0);
            self.missing_runs = self.missing_runs.saturating_add(1);
        }
        let since = *self.missing_since.get_or_insert(commit.at);
        self.failure = Some("the service doesn't have this session".to_owned());
        if is_absent(self.missing_runs, since, commit.at) {
            End::Absent
        } else {
            End::Open
        }
    }

    fn write(&self, tx: &Transaction<'_>, update: &SessionUpdate, end: End) -> Step<()> {
        let session = update.session;
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
            Count(self.events),
            (self.malformed > 0).then_some(Count(self.malformed)),
            self.news.last_event.map(Date),
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
            self.checkpoint,
            self.since_start.map(Date),
            self.since_events,
            self.news.first_sight.map(Date),
            self.failure,
            self.missing_runs,
            self.missing_since.map(Date),
            self.missing_run,
        ])?;
        Ok(())
    }
}
