//! Who reads which session.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::connection::Step;
use super::digests;
use super::values::{Count, Date, SessionId};
use super::workers::{check_live, stamp};
use crate::ledger::digest::Digest;
use crate::ledger::ids::{Epoch, SessionKey, WorkerId};
use crate::ledger::read::begin_read;
use crate::ledger::session::{Claim, ClaimRequest};

pub(super) fn claim(tx: &Transaction<'_>, request: &ClaimRequest) -> Step<Vec<Claim>> {
    check_live(tx, request.worker)?;
    let mut claims = due(tx, request)?;
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let epoch = Epoch(stamp(tx)?);
    for (claim, first_sight, stamp) in &mut claims {
        claim.epoch = epoch;
        if begin_read(request, claim, *first_sight) {
            set_start(tx, claim.session, request.at)?;
        }
        claim.known = digests::known(tx, claim.session)?;
        let sql = "INSERT INTO claims (session, worker, epoch, previous_stamp) VALUES (?, ?, ?, ?)";
        tx.prepare_cached(sql)?
            .execute(params![claim.session, request.worker, epoch, *stamp])?;
        let sql = "UPDATE sessions SET read_stamp = ? WHERE id = ?";
        tx.prepare_cached(sql)?
            .execute(params![epoch, claim.session])?;
    }
    Ok(claims.into_iter().map(|(claim, ..)| claim).collect())
}

/// Sessions that are due, each with the first sight of an event and its stamp.
type Due = Vec<(Claim, Option<Timestamp>, i64)>;

/// They have no epoch yet.
fn due(tx: &Transaction<'_>, request: &ClaimRequest) -> Step<Due> {
    let sql =
        "SELECT id, session_id, checkpoint, since_start, last_event, ended, events, first_sight,
                 read_stamp, ifnull(since_events, 0) > 0
               FROM sessions LEFT JOIN reads ON reads.session = id
               WHERE state = 0 AND read_stamp < ?
                 AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.session = id)
               ORDER BY read_stamp, id LIMIT ?";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map(params![request.run, request.limit], |row| {
        let date = |column| {
            row.get::<_, Option<Date>>(column)
                .map(|date| date.map(|date| date.0))
        };
        let claim = Claim {
            session: row.get(0)?,
            id: row.get::<_, SessionId>(1)?.0,
            epoch: Epoch(0),
            checkpoint: row.get(2)?,
            since_start: date(3)?,
            known: Vec::new(),
            is_reread: row.get(9)?,
            last_event: date(4)?,
            ended: date(5)?,
            events: row.get::<_, Count>(6)?.0,
        };
        Ok((claim, date(7)?, row.get(8)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn set_start(tx: &Transaction<'_>, session: SessionKey, at: Timestamp) -> Step<()> {
    let sql = "INSERT INTO reads (session, since_start, since_events)
               SELECT id, ?2, events FROM sessions WHERE id = ?1
               ON CONFLICT DO UPDATE SET checkpoint = NULL, since_start = excluded.since_start,
                 since_events = excluded.since_events";
    tx.prepare_cached(sql)?
        .execute(params![session, Date(at)])?;
    // The read counts malformed events again.
    tx.prepare_cached("UPDATE sessions SET malformed = NULL WHERE id = ?")?
        .execute([session])?;
    Ok(())
}

/// Returns whether this is still the worker's claim.
pub(super) fn is_held(
    tx: &Transaction<'_>,
    worker: WorkerId,
    session: SessionKey,
    epoch: Epoch,
) -> Step<bool> {
    let sql = "SELECT 1 FROM claims WHERE session = ? AND worker = ? AND epoch = ?";
    Ok(tx
        .prepare_cached(sql)?
        .exists(params![session, worker, epoch])?)
}

pub(super) fn restart(
    tx: &Transaction<'_>,
    worker: WorkerId,
    session: SessionKey,
    epoch: Epoch,
    at: Timestamp,
) -> Step<Option<Vec<Digest>>> {
    check_live(tx, worker)?;
    if !is_held(tx, worker, session, epoch)? {
        return Ok(None);
    }
    set_start(tx, session, at)?;
    digests::known(tx, session).map(Some)
}
