//! Who reads which session.

use std::cell::Cell;
use std::collections::HashMap;

use futures::try_join;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::tx::{Step, Tx};
use super::values::{id_text, millis, some_date, unsigned};
use super::workers::{check_live, stamp, wait_for_attempt};
use crate::ledger::digest::{Digest, split};
use crate::ledger::ids::{Epoch, SessionKey, WorkerId};
use crate::ledger::read::begin_read;
use crate::ledger::session::{Claim, ClaimRequest};

/// `epoch` keeps the epoch from one attempt to the next.
pub(super) async fn claim(
    tx: &Tx<'_>,
    request: &ClaimRequest,
    epoch: &Cell<Option<i64>>,
) -> Step<Vec<Claim>> {
    if let Some(epoch) = epoch.get()
        && tx.may_be_committed
    {
        wait_for_attempt(tx, request.worker).await?;
        check_live(tx, request.worker).await?;
        let claimed = claimed(tx, request.worker, epoch).await?;
        if !claimed.is_empty() {
            return Ok(claimed);
        }
    }
    let taken = async {
        match epoch.get() {
            Some(epoch) => Ok(epoch),
            None => stamp(tx).await,
        }
    };
    let ((), taken, rows) = try_join!(check_live(tx, request.worker), taken, due(tx, request))?;
    epoch.set(Some(taken));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (mut claims, mut starts) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let mut claim = claim_of(row, Epoch(taken))?;
        let first_sight = some_date(row.get(8))?;
        starts.push(begin_read(request, &mut claim, first_sight));
        claims.push(claim);
    }
    let ids: Vec<_> = claims.iter().map(|claim| claim.session.0).collect();
    let (mut known, ()) = try_join!(known(tx, &ids), take(tx, request, taken, &ids, &starts))?;
    for claim in &mut claims {
        claim.known = known.remove(&claim.session).unwrap_or_default();
    }
    Ok(claims)
}

/// What a claim needs of a session, and when an event of it was first seen.
macro_rules! columns {
    () => {
        "SELECT id, session_id, checkpoint, since_start, since_start IS NOT NULL AND coalesce(since_events, 0) > 0, last_event, ended,
           events, first_sight FROM sessions "
    };
}

fn claim_of(row: &Row, epoch: Epoch) -> Step<Claim> {
    Ok(Claim {
        session: SessionKey(row.get(0)),
        id: id_text(row.get(1))?,
        epoch,
        checkpoint: row.get(2),
        since_start: some_date(row.get(3))?,
        known: Vec::new(),
        is_reread: row.get(4),
        last_event: some_date(row.get(5))?,
        ended: some_date(row.get(6))?,
        events: unsigned(row.get(7)),
    })
}

/// Locks sessions that are due and that no other transaction has locked.
///
/// One that another worker claims meanwhile is checked again once that is committed, and shows its claim.
async fn due(tx: &Tx<'_>, request: &ClaimRequest) -> Step<Vec<Row>> {
    let sql = concat!(
        columns!(),
        "WHERE dataset = $1 AND state = 0 AND worker IS NULL AND read_stamp < $2
         ORDER BY read_stamp, id LIMIT $3 FOR UPDATE SKIP LOCKED"
    );
    let limit = i64::from(request.limit);
    tx.query(sql, &[&tx.dataset, &request.run.0, &limit]).await
}

/// Claims sessions, some of which start over.
async fn take(
    tx: &Tx<'_>,
    request: &ClaimRequest,
    epoch: i64,
    ids: &[i64],
    starts: &[bool],
) -> Step<()> {
    let sql =
        "UPDATE sessions SET worker = $1, epoch = $2, previous_stamp = read_stamp, read_stamp = $2,
                 checkpoint = CASE WHEN NOT taken.starts THEN checkpoint END,
                 since_start = CASE WHEN taken.starts THEN $3 ELSE since_start END,
                 since_events = CASE WHEN taken.starts THEN events ELSE since_events END,
                 malformed = CASE WHEN NOT taken.starts THEN malformed END
               FROM unnest($4::bigint[], $5::boolean[]) AS taken (session, starts)
               WHERE sessions.id = taken.session";
    let at = millis(request.at);
    tx.execute(sql, &[&request.worker.0, &epoch, &at, &ids, &starts])
        .await?;
    Ok(())
}

/// Returns what was claimed under an epoch.
async fn claimed(tx: &Tx<'_>, worker: WorkerId, epoch: i64) -> Step<Vec<Claim>> {
    let sql = concat!(
        columns!(),
        "WHERE dataset = $1 AND worker = $2 AND epoch = $3 ORDER BY id"
    );
    let rows = tx.query(sql, &[&tx.dataset, &worker.0, &epoch]).await?;
    let claims: Step<Vec<_>> = rows.iter().map(|row| claim_of(row, Epoch(epoch))).collect();
    let mut claims = claims?;
    let ids: Vec<_> = claims.iter().map(|claim| claim.session.0).collect();
    let mut known = known(tx, &ids).await?;
    for claim in &mut claims {
        claim.known = known.remove(&claim.session).unwrap_or_default();
    }
    Ok(claims)
}

/// Returns the digests of sessions' events.
pub(super) async fn known(tx: &Tx<'_>, sessions: &[i64]) -> Step<HashMap<SessionKey, Vec<Digest>>> {
    let sql =
        "SELECT session, digests FROM digests WHERE session = ANY($1) ORDER BY session, number";
    let mut known: HashMap<_, Vec<_>> = HashMap::new();
    for row in tx.query(sql, &[&sessions]).await? {
        let digests = known.entry(SessionKey(row.get(0))).or_default();
        digests.extend(split(row.get(1)));
    }
    Ok(known)
}

pub(super) async fn restart(
    tx: &Tx<'_>,
    worker: WorkerId,
    session: SessionKey,
    epoch: Epoch,
    at: Timestamp,
) -> Step<Option<Vec<Digest>>> {
    check_live(tx, worker).await?;
    // The read counts malformed events again.
    let sql = "UPDATE sessions SET checkpoint = NULL, since_start = $4, since_events = events,
                 malformed = NULL
               WHERE id = $1 AND worker = $2 AND epoch = $3";
    let at = millis(at);
    let held = tx
        .execute(sql, &[&session.0, &worker.0, &epoch.0, &at])
        .await?;
    if held == 0 {
        return Ok(None);
    }
    let mut known = known(tx, &[session.0]).await?;
    Ok(Some(known.remove(&session).unwrap_or_default()))
}
