//! Sessions and contacts, as they accumulate.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::connection::Step;
use super::values::{Count, Date, SessionId};
use super::workers::{check_live, stamp};
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{ContactKey, RunStamp, SessionKey, WorkerId};
use crate::ledger::session::{Added, ContactClaim, ContactEnd, Listed, Reread};
use crate::ledger::settle::is_absent;

pub(super) fn add_sessions(
    tx: &Transaction<'_>,
    worker: WorkerId,
    sessions: &[Listed],
    contact: Option<ContactKey>,
) -> Step<Added> {
    check_live(tx, worker)?;
    if let Some(contact) = contact {
        check_claimed(tx, worker, contact)?;
    }
    let mut added = Added::default();
    for listed in sessions {
        let id = SessionId(listed.id.clone());
        let session = if let Some(known) = known(tx, &id)? {
            added.reopened += u64::from(update(tx, &known, listed)?);
            known.session
        } else {
            added.new += 1;
            insert(tx, &id, listed)?
        };
        if let Some(contact) = contact {
            let sql = "INSERT OR IGNORE INTO contact_sessions (contact, session) VALUES (?, ?)";
            tx.prepare_cached(sql)?.execute(params![contact, session])?;
        }
    }
    Ok(added)
}

/// Refuses sessions of a contact that was forgotten while it was listed.
fn check_claimed(tx: &Transaction<'_>, worker: WorkerId, contact: ContactKey) -> Step<()> {
    let sql = "SELECT 1 FROM contacts WHERE id = ? AND worker = ? AND state = 0";
    if tx.prepare_cached(sql)?.exists(params![contact, worker])? {
        return Ok(());
    }
    let message = "the contact was forgotten while its sessions were listed";
    Err(Error::new(ErrorKind::ClaimLost, message).into())
}

/// What is known of a listed session's activity.
struct Known {
    session: SessionKey,
    state: i64,
    last_event: Option<Timestamp>,
    ended: Option<Timestamp>,
    event_count: u64,
}

fn known(tx: &Transaction<'_>, id: &SessionId) -> Step<Option<Known>> {
    let sql = "SELECT id, state, last_event, ended,
                 max(events + ifnull(malformed, 0), ifnull(reported_events, 0))
               FROM sessions WHERE session_id = ?";
    let mut select = tx.prepare_cached(sql)?;
    let known = select.query_row([id], |row| {
        Ok(Known {
            session: row.get(0)?,
            state: row.get(1)?,
            last_event: row.get::<_, Option<Date>>(2)?.map(|date| date.0),
            ended: row.get::<_, Option<Date>>(3)?.map(|date| date.0),
            event_count: row.get::<_, Count>(4)?.0,
        })
    });
    Ok(known.optional()?)
}

fn insert(tx: &Transaction<'_>, id: &SessionId, listed: &Listed) -> Step<SessionKey> {
    let sql = "INSERT INTO sessions (session_id, last_event, ended, reported_events)
               VALUES (?, ?, ?, ?) RETURNING id";
    let dates = (listed.last_event.map(Date), listed.ended.map(Date));
    let row = params![id, dates.0, dates.1, listed.event_count.map(Count)];
    Ok(tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
}

/// Takes over newer activity. Returns whether that opened the session again.
fn update(tx: &Transaction<'_>, known: &Known, listed: &Listed) -> Step<bool> {
    // Nothing is kept of a forgotten session.
    if known.state == 3 {
        return Ok(false);
    }
    // The ledger keeps milliseconds: a finer date isn't newer for that.
    let millis = |date: Option<Timestamp>| date.map(Timestamp::as_millisecond);
    let later_event = millis(listed.last_event) > millis(known.last_event);
    let more_events = listed.event_count > Some(known.event_count);
    let later_end = millis(listed.ended) > millis(known.ended);
    if later_event || more_events || later_end {
        let sql = "UPDATE sessions SET last_event = ?, ended = ?, reported_events = ifnull(?, reported_events)
                   WHERE id = ?";
        tx.prepare_cached(sql)?.execute(params![
            listed.last_event.max(known.last_event).map(Date),
            listed.ended.max(known.ended).map(Date),
            listed.event_count.filter(|_| more_events).map(Count),
            known.session,
        ])?;
    }
    let closed = matches!(known.state, 1 | 2);
    let reopens = closed && (later_event || more_events);
    if reopens {
        reopen(tx, known.session)?;
    }
    Ok(reopens)
}

/// Forgets positions and failures, but not when an event was first seen, which settling depends on.
const RESTART_READS: &str =
    "UPDATE reads SET checkpoint = NULL, since_start = NULL, failure = NULL,
                               missing_runs = 0, missing_since = NULL, missing_run = NULL";

/// Opens a session, to be read from the beginning.
fn reopen(tx: &Transaction<'_>, session: SessionKey) -> Step<()> {
    // A claim of an earlier read can't commit any longer: it would end the new one.
    tx.prepare_cached("DELETE FROM claims WHERE session = ?")?
        .execute([session])?;
    tx.prepare_cached(&format!("{RESTART_READS} WHERE session = ?"))?
        .execute([session])?;
    let sql = "UPDATE sessions SET state = 0, read_stamp = 0 WHERE id = ?";
    tx.prepare_cached(sql)?.execute([session])?;
    Ok(())
}

pub(super) fn reread(tx: &Transaction<'_>, worker: WorkerId, which: &Reread) -> Step<u64> {
    check_live(tx, worker)?;
    match which {
        Reread::All => {
            tx.execute("DELETE FROM claims", [])?;
            tx.execute(RESTART_READS, [])?;
            let sql = "UPDATE contacts SET state = 0, missing_runs = 0, missing_since = NULL WHERE state = 2";
            tx.execute(sql, [])?;
            let sql = "UPDATE sessions SET state = 0, read_stamp = 0 WHERE state <> 3";
            Ok(tx.execute(sql, [])? as u64)
        }
        Reread::Sessions(ids) => {
            let mut opened = 0;
            for id in ids {
                let id = SessionId(id.clone());
                match known(tx, &id)? {
                    Some(Known { state: 3, .. }) => {}
                    Some(known) => {
                        reopen(tx, known.session)?;
                        opened += 1;
                    }
                    None => {
                        insert(tx, &id, &Listed::default())?;
                        opened += 1;
                    }
                }
            }
            Ok(opened)
        }
    }
}

/// What is being read is left: it may succeed, and its worker ends that read.
pub(super) fn retry_failed(tx: &Transaction<'_>) -> Step<u64> {
    let sql = "UPDATE sessions SET read_stamp = 0
               WHERE state = 0 AND id IN (SELECT session FROM reads WHERE failure IS NOT NULL)
                 AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.session = sessions.id)";
    let sessions = tx.execute(sql, [])?;
    let sql = "UPDATE contacts SET read_stamp = 0
               WHERE state = 0 AND failure IS NOT NULL AND worker IS NULL";
    Ok((sessions + tx.execute(sql, [])?) as u64)
}

pub(super) fn add_contacts(tx: &Transaction<'_>, worker: WorkerId, ids: &[String]) -> Step<Added> {
    check_live(tx, worker)?;
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO contacts (contact_id) VALUES (?)")?;
    let mut added = Added::default();
    for id in ids {
        added.new += insert.execute([id])? as u64;
    }
    Ok(added)
}

pub(super) fn claim_contacts(
    tx: &Transaction<'_>,
    worker: WorkerId,
    run: RunStamp,
    limit: u32,
) -> Step<Vec<ContactClaim>> {
    check_live(tx, worker)?;
    let sql = "SELECT 1 FROM contacts WHERE state = 0 AND worker IS NULL AND read_stamp < ?";
    if !tx.prepare_cached(sql)?.exists([run])? {
        return Ok(Vec::new());
    }
    let stamp = stamp(tx)?;
    let sql = "UPDATE contacts SET worker = ?1, previous_stamp = read_stamp, read_stamp = ?2
               WHERE id IN (SELECT id FROM contacts
                            WHERE state = 0 AND worker IS NULL AND read_stamp < ?3
                            ORDER BY read_stamp, id LIMIT ?4)
               RETURNING id, contact_id";
    let mut claim = tx.prepare_cached(sql)?;
    let rows = claim.query_map(params![worker, stamp, run, limit], |row| {
        Ok(ContactClaim {
            contact: row.get(0)?,
            id: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn end_contact(
    tx: &Transaction<'_>,
    worker: WorkerId,
    contact: ContactKey,
    end: &ContactEnd,
) -> Step<()> {
    check_live(tx, worker)?;
    let failure = match end {
        ContactEnd::Listed => None,
        ContactEnd::Failed { reason } => Some(reason.as_str()),
        ContactEnd::NotFound { run, at } => return missing(tx, worker, contact, *run, *at),
    };
    let sql =
        "UPDATE contacts SET failure = ?, worker = NULL, previous_stamp = NULL, missing_runs = 0,
                 missing_since = NULL, missing_run = NULL
               WHERE id = ? AND worker = ?";
    tx.prepare_cached(sql)?
        .execute(params![failure, contact, worker])?;
    Ok(())
}

/// Counts a run in which the service didn't have the contact.
fn missing(
    tx: &Transaction<'_>,
    worker: WorkerId,
    contact: ContactKey,
    run: RunStamp,
    at: Timestamp,
) -> Step<()> {
    let sql = "UPDATE contacts SET worker = NULL, previous_stamp = NULL,
                 failure = 'the service doesn''t have this contact',
                 missing_runs = missing_runs + (missing_run IS NOT ?3), missing_run = ?3,
                 missing_since = ifnull(missing_since, ?4)
               WHERE id = ?1 AND worker = ?2
               RETURNING missing_runs, missing_since";
    let mut update = tx.prepare_cached(sql)?;
    let counted = update.query_row(params![contact, worker, run, Date(at)], |row| {
        Ok((row.get(0)?, row.get::<_, Date>(1)?.0))
    });
    if counted
        .optional()?
        .is_some_and(|(runs, since)| is_absent(runs, since, at))
    {
        let sql = "UPDATE contacts SET state = 2, failure = NULL WHERE id = ?";
        tx.prepare_cached(sql)?.execute([contact])?;
    }
    Ok(())
}
