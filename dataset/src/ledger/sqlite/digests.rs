//! Which events of a session are recorded.

use rusqlite::{Transaction, params};

use super::connection::Step;
use crate::ledger::digest::{Digest, join, split};
use crate::ledger::ids::SessionKey;

/// How many commits a session can have.
const NUMBERS: i64 = 1 << 24;

/// The ids of a session's rows, both inclusive.
fn ids(session: SessionKey) -> (i64, i64) {
    let first = session.0 * NUMBERS;
    (first, first + NUMBERS - 1)
}

/// Adds digests of a commit.
pub(super) fn append(tx: &Transaction<'_>, session: SessionKey, digests: &[Digest]) -> Step<()> {
    if digests.is_empty() {
        return Ok(());
    }
    let (first, last) = ids(session);
    let sql = "INSERT INTO digests (id, digests)
               SELECT ifnull(max(id) + 1, ?1), ?3 FROM digests WHERE id BETWEEN ?1 AND ?2";
    tx.prepare_cached(sql)?
        .execute(params![first, last, join(digests)])?;
    Ok(())
}

/// Returns the digests of a session's events.
pub(super) fn known(tx: &Transaction<'_>, session: SessionKey) -> Step<Vec<Digest>> {
    let (first, last) = ids(session);
    let sql = "SELECT digests FROM digests WHERE id BETWEEN ? AND ? ORDER BY id";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([first, last])?;
    let mut known = Vec::new();
    while let Some(row) = rows.next()? {
        known.extend(split(&row.get::<_, Vec<u8>>(0)?));
    }
    Ok(known)
}

/// Removes the digests of a session's events.
pub(super) fn remove(tx: &Transaction<'_>, session: SessionKey) -> Step<()> {
    let (first, last) = ids(session);
    let sql = "DELETE FROM digests WHERE id BETWEEN ? AND ?";
    tx.prepare_cached(sql)?.execute([first, last])?;
    Ok(())
}
