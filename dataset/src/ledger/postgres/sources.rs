//! Sessions, as they accumulate.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::contacts::check_claimed;
use super::tx::{Step, Tx};
use super::values::{id_bytes, millis, signed, sorted_ids};
use super::workers::check_live;
use crate::ledger::ids::{ContactKey, WorkerId};
use crate::ledger::session::{Added, Listed};

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

/// Opens the sessions whose ids follow `after`, as they are stored, up to a number of them. Returns how many, and the
/// last of these ids; `None` if none follows.
pub(super) async fn reread_batch(
    tx: &Tx<'_>,
    worker: WorkerId,
    after: &[u8],
) -> Step<Option<(u64, Vec<u8>)>> {
    check_live(tx, worker).await?;
    // In the order of an index that knows the dataset.
    let sql = "SELECT id, session_id FROM sessions WHERE dataset = $1 AND session_id > $2
               ORDER BY session_id LIMIT $3";
    let rows = tx.query(sql, &[&tx.dataset, &after, &BATCH]).await?;
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "SELECT 1 FROM sessions WHERE id = ANY($1) AND state <> 3 ORDER BY id FOR UPDATE";
    tx.query(sql, &[&ids]).await?;
    let sql = reopen!("WHERE id = ANY($1) AND state <> 3");
    let opened = tx.execute(sql, &[&ids]).await?;
    Ok(Some((opened, last.get(1))))
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
