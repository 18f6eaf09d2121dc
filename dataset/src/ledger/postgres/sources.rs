//! Sessions and contacts, as they accumulate.

use std::cell::Cell;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::tx::{Step, Tx};
use super::values::{date, id_bytes, id_text, millis, signed, sorted_ids, storable, unsigned};
use super::workers::{check_live, stamp, wait_for_attempt};
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{ContactKey, RunStamp, WorkerId};
use crate::ledger::session::{Added, ContactClaim, ContactEnd, Listed};
use crate::ledger::settle::is_absent;

pub(super) async fn add_sessions(
    tx: &Tx<'_>,
    worker: WorkerId,
    sessions: &[Listed],
    contact: Option<ContactKey>,
) -> Step<Added> {
    check_live(tx, worker).await?;
    if let Some(contact) = contact {
        check_claimed(tx, worker, contact).await?;
    }
    // In one order for all workers: they wait for each other's new rows, and must not do so in a circle.
    let mut listed: Vec<_> = sessions
        .iter()
        .map(|listed| (id_bytes(&listed.id), listed))
        .collect();
    listed.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed.dedup_by(|(one, _), (other, _)| one == other);
    let ids: Vec<_> = listed.iter().map(|(id, _)| id.as_slice()).collect();
    let dates = |of: fn(&Listed) -> Option<Timestamp>| -> Vec<Option<i64>> {
        listed
            .iter()
            .map(|(_, listed)| of(listed).map(millis))
            .collect()
    };
    let last_events = dates(|listed| listed.last_event);
    let ends = dates(|listed| listed.ended);
    let counts: Vec<_> = listed
        .iter()
        .map(|(_, listed)| listed.event_count.map(signed))
        .collect();
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&tx.dataset, &ids, &last_events, &ends, &counts];
    let sql = "INSERT INTO sessions (dataset, session_id, last_event, ended, reported_events)
         SELECT $1, listed.* FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[])
           AS listed (session_id, last_event, ended, event_count)
         ON CONFLICT (dataset, session_id) DO NOTHING";
    let new = tx.execute(sql, &values).await?;
    let reopened = if new < ids.len() as u64 {
        update(tx, &values).await?
    } else {
        0
    };
    if let Some(contact) = contact {
        let sql = "INSERT INTO contact_sessions (contact, session)
                   SELECT $3, id FROM sessions WHERE dataset = $1 AND session_id = ANY($2) ORDER BY id
                   ON CONFLICT DO NOTHING";
        tx.execute(sql, &[&tx.dataset, &ids, &contact.0]).await?;
    }
    Ok(Added { new, reopened })
}

/// Refuses sessions of a contact that was forgotten while it was listed.
async fn check_claimed(tx: &Tx<'_>, worker: WorkerId, contact: ContactKey) -> Step<()> {
    let sql = "SELECT 1 FROM contacts WHERE id = $1 AND worker = $2 AND state = 0 FOR SHARE";
    if tx.first(sql, &[&contact.0, &worker.0]).await?.is_some() {
        return Ok(());
    }
    let message = "the contact was forgotten while its sessions were listed";
    Err(Error::new(ErrorKind::ClaimLost, message).into())
}

/// Opens sessions, to be read from the beginning.
macro_rules! reopen {
    ($which:literal) => {
        concat!(
            "UPDATE sessions SET state = 0, read_stamp = 0, worker = NULL, epoch = NULL,
               previous_stamp = NULL, checkpoint = NULL, since_start = NULL, failure = NULL,
               missing_runs = 0, missing_since = NULL, missing_run = NULL ",
            $which
        )
    };
}

/// What is listed of sessions, beside what is known of them.
macro_rules! news {
    () => {
        "(SELECT known.id, known.state,
                 listed.last_event > known.last_event
                   OR listed.last_event IS NOT NULL AND known.last_event IS NULL AS later_event,
                 listed.event_count > greatest(known.events + coalesce(known.malformed, 0),
                   known.reported_events) AS more_events,
                 listed.ended > known.ended
                   OR listed.ended IS NOT NULL AND known.ended IS NULL AS later_end,
                 listed.last_event, listed.ended, listed.event_count
               FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[])
                 AS listed (session_id, last_event, ended, event_count)
               JOIN sessions AS known ON known.dataset = $1 AND known.session_id = listed.session_id
               WHERE known.state <> 3) AS news "
    };
}

/// Takes over newer activity. Returns how many sessions that opened again.
async fn update(tx: &Tx<'_>, values: &[&(dyn tokio_postgres::types::ToSql + Sync)]) -> Step<u64> {
    // Most runs list most sessions unchanged. The others are locked first, in order.
    let sql = concat!(
        "SELECT id FROM sessions WHERE id IN (SELECT news.id FROM ",
        news!(),
        "WHERE later_event OR more_events OR later_end) ORDER BY id FOR UPDATE"
    );
    if tx.query(sql, values).await?.is_empty() {
        return Ok(0);
    }
    // A claim of an earlier read of one that is opened again can't commit any longer: it would end the new
    // one. Positions and failures are forgotten, but not when an event was first seen, which settling
    // depends on.
    let sql = concat!(
        "UPDATE sessions SET
           last_event = greatest(sessions.last_event, news.last_event),
           ended = greatest(sessions.ended, news.ended),
           reported_events = CASE WHEN more_events THEN news.event_count ELSE reported_events END
         FROM ",
        news!(),
        "WHERE sessions.id = news.id AND (later_event OR more_events OR later_end)
         RETURNING sessions.id, news.state IN (1, 2)
           AND (coalesce(later_event, false) OR coalesce(more_events, false))"
    );
    let rows = tx.query(sql, values).await?;
    let reopened: Vec<i64> = rows
        .iter()
        .filter(|row| row.get(1))
        .map(|row| row.get(0))
        .collect();
    if !reopened.is_empty() {
        let sql = reopen!("WHERE id = ANY($1)");
        tx.execute(sql, &[&reopened]).await?;
    }
    Ok(reopened.len() as u64)
}

/// How many sessions are opened in one transaction: each locks its sessions for a fraction of a second.
const BATCH: i64 = if cfg!(test) { 2 } else { 5_000 };

/// Opens the sessions whose keys follow `after`, up to a number of them. Returns how many, and the last of them.
pub(super) async fn reread_batch(
    tx: &Tx<'_>,
    worker: WorkerId,
    after: i64,
) -> Step<Option<(u64, i64)>> {
    check_live(tx, worker).await?;
    let sql = "SELECT id FROM sessions WHERE dataset = $1 AND state <> 3 AND id > $2
               ORDER BY id LIMIT $3 FOR UPDATE";
    let rows = tx.query(sql, &[&tx.dataset, &after, &BATCH]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let Some(last) = ids.last() else {
        return Ok(None);
    };
    let opened = tx.execute(reopen!("WHERE id = ANY($1)"), &[&ids]).await?;
    Ok(Some((opened, *last)))
}

/// Lists contacts again that the service didn't have.
pub(super) async fn reopen_contacts(tx: &Tx<'_>, worker: WorkerId) -> Step<()> {
    check_live(tx, worker).await?;
    let sql = "UPDATE contacts SET state = 0, missing_runs = 0, missing_since = NULL
               WHERE dataset = $1 AND state = 2";
    tx.execute(sql, &[&tx.dataset]).await?;
    Ok(())
}

pub(super) async fn reread(tx: &Tx<'_>, worker: WorkerId, ids: &[String]) -> Step<u64> {
    check_live(tx, worker).await?;
    let opened = lock_or_add(tx, ids).await?;
    let opened: Vec<i64> = opened.iter().map(|row| row.get(0)).collect();
    let sql = reopen!("WHERE id = ANY($1) AND state <> 3");
    tx.execute(sql, &[&opened]).await
}

/// Locks sessions, in order, and adds those that aren't known. Returns their keys and ids.
pub(super) async fn lock_or_add(tx: &Tx<'_>, ids: &[String]) -> Step<Vec<Row>> {
    let ids = sorted_ids(ids);
    let sql = "INSERT INTO sessions (dataset, session_id)
               SELECT $1, given FROM unnest($2::bytea[]) AS given
               ON CONFLICT (dataset, session_id) DO NOTHING";
    tx.execute(sql, &[&tx.dataset, &ids]).await?;
    let sql = "SELECT id, session_id FROM sessions WHERE dataset = $1 AND session_id = ANY($2)
               ORDER BY id FOR UPDATE";
    tx.query(sql, &[&tx.dataset, &ids]).await
}

/// What is being read is left: it may succeed, and its worker ends that read.
pub(super) async fn retry_failed(tx: &Tx<'_>) -> Step<u64> {
    let sql = "SELECT id FROM sessions
               WHERE dataset = $1 AND failure IS NOT NULL AND state = 0 AND worker IS NULL
               ORDER BY id FOR UPDATE";
    let rows = tx.query(sql, &[&tx.dataset]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "UPDATE sessions SET read_stamp = 0 WHERE id = ANY($1)";
    let sessions = tx.execute(sql, &[&ids]).await?;
    let sql = "UPDATE contacts SET read_stamp = 0
               WHERE dataset = $1 AND failure IS NOT NULL AND state = 0 AND worker IS NULL";
    Ok(sessions + tx.execute(sql, &[&tx.dataset]).await?)
}

pub(super) async fn add_contacts(tx: &Tx<'_>, worker: WorkerId, ids: &[String]) -> Step<Added> {
    check_live(tx, worker).await?;
    let ids = sorted_ids(ids);
    let sql = "INSERT INTO contacts (dataset, contact_id)
               SELECT $1, listed FROM unnest($2::bytea[]) AS listed
               ON CONFLICT (dataset, contact_id) DO NOTHING";
    Ok(Added {
        new: tx.execute(sql, &[&tx.dataset, &ids]).await?,
        reopened: 0,
    })
}

/// `epoch` keeps the epoch from one attempt to the next.
pub(super) async fn claim_contacts(
    tx: &Tx<'_>,
    worker: WorkerId,
    run: RunStamp,
    limit: u32,
    epoch: &Cell<Option<i64>>,
) -> Step<Vec<ContactClaim>> {
    if tx.may_be_committed {
        wait_for_attempt(tx, worker).await?;
    }
    check_live(tx, worker).await?;
    if let Some(epoch) = epoch.get()
        && tx.may_be_committed
    {
        let sql = "SELECT id, contact_id FROM contacts
                   WHERE dataset = $1 AND worker = $2 AND read_stamp = $3 ORDER BY id";
        let rows = tx.query(sql, &[&tx.dataset, &worker.0, &epoch]).await?;
        if !rows.is_empty() {
            return rows.iter().map(contact).collect();
        }
    }
    let sql = "SELECT id, contact_id FROM contacts
               WHERE dataset = $1 AND state = 0 AND worker IS NULL AND read_stamp < $2
               ORDER BY read_stamp, id LIMIT $3 FOR UPDATE SKIP LOCKED";
    let rows = tx
        .query(sql, &[&tx.dataset, &run.0, &i64::from(limit)])
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let taken = match epoch.get() {
        Some(epoch) => epoch,
        None => stamp(tx).await?,
    };
    epoch.set(Some(taken));
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "UPDATE contacts SET worker = $1, previous_stamp = read_stamp, read_stamp = $2
               WHERE id = ANY($3)";
    tx.execute(sql, &[&worker.0, &taken, &ids]).await?;
    rows.iter().map(contact).collect()
}

fn contact(row: &Row) -> Step<ContactClaim> {
    Ok(ContactClaim {
        contact: ContactKey(row.get(0)),
        id: id_text(row.get(1))?,
    })
}

pub(super) async fn end_contact(
    tx: &Tx<'_>,
    worker: WorkerId,
    contact: ContactKey,
    end: &ContactEnd,
) -> Step<()> {
    check_live(tx, worker).await?;
    let failure = match end {
        ContactEnd::Listed => None,
        ContactEnd::Failed { reason } => Some(storable(reason)),
        ContactEnd::NotFound { run, at } => return missing(tx, worker, contact, *run, *at).await,
    };
    let sql =
        "UPDATE contacts SET failure = $3, worker = NULL, previous_stamp = NULL, missing_runs = 0,
                 missing_since = NULL, missing_run = NULL
               WHERE id = $1 AND worker = $2";
    tx.execute(sql, &[&contact.0, &worker.0, &failure]).await?;
    Ok(())
}

/// Counts a run in which the service didn't have the contact.
async fn missing(
    tx: &Tx<'_>,
    worker: WorkerId,
    contact: ContactKey,
    run: RunStamp,
    at: Timestamp,
) -> Step<()> {
    let sql = "UPDATE contacts SET worker = NULL, previous_stamp = NULL,
                 failure = 'the service doesn''t have this contact',
                 missing_runs = missing_runs + (missing_run IS DISTINCT FROM $3)::integer,
                 missing_run = $3, missing_since = coalesce(missing_since, $4)
               WHERE id = $1 AND worker = $2
               RETURNING missing_runs::bigint, missing_since";
    let now = millis(at);
    let counted = tx
        .first(sql, &[&contact.0, &worker.0, &run.0, &now])
        .await?;
    if let Some(row) = counted {
        let runs = u32::try_from(unsigned(row.get(0))).unwrap_or(u32::MAX);
        if is_absent(runs, date(row.get(1))?, at) {
            let sql = "UPDATE contacts SET state = 2, failure = NULL WHERE id = $1";
            tx.execute(sql, &[&contact.0]).await?;
        }
    }
    Ok(())
}
