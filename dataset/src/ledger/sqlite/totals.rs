//! Counts and failures.

use rusqlite::{Transaction, params};

use super::connection::Step;
use super::values::{Count, SessionId};
use crate::ledger::ids::{RunStamp, WorkerId};
use crate::ledger::totals::{Counts, Failure, FailureOf, Totals};

pub(super) fn counts(tx: &Transaction<'_>, worker: WorkerId, run: RunStamp) -> Step<Counts> {
    let sql = "SELECT
         (SELECT count(*) FROM sessions WHERE state = 0 AND read_stamp < ?2
            AND NOT EXISTS (SELECT 1 FROM claims WHERE session = sessions.id)),
         (SELECT count(*) FROM contacts WHERE state = 0 AND read_stamp < ?2 AND worker IS NULL),
         (SELECT count(*) FROM claims WHERE worker = ?1)
            + (SELECT count(*) FROM contacts WHERE worker = ?1),
         (SELECT count(*) FROM claims WHERE worker <> ?1 AND previous_stamp < ?2),
         (SELECT count(*) FROM contacts WHERE worker <> ?1 AND previous_stamp < ?2),
         (SELECT count(*) FROM frames WHERE file IS NULL),
         (SELECT ifnull(sum(weight), 0) FROM frames WHERE file IS NULL),
         (SELECT count(*) FROM files WHERE published = 0)";
    Ok(tx
        .prepare_cached(sql)?
        .query_row(params![worker, run], |row| {
            let count = |column| row.get::<_, Count>(column).map(|count| count.0);
            Ok(Counts {
                due_sessions: count(0)?,
                due_contacts: count(1)?,
                held_here: count(2)?,
                held_elsewhere: count(3)? + count(4)?,
                contacts_held_elsewhere: count(4)?,
                unsealed: count(5)?,
                unsealed_bytes: count(6)?,
                unpublished: count(7)?,
            })
        })?)
}

pub(super) fn totals(tx: &Transaction<'_>) -> Step<Totals> {
    let sql = "SELECT
         (SELECT count(*) FROM sessions WHERE state = 0),
         (SELECT count(*) FROM sessions WHERE state = 1),
         (SELECT count(*) FROM sessions WHERE state = 2),
         (SELECT count(*) FROM sessions WHERE state = 3),
         (SELECT count(*) FROM reads WHERE failure IS NOT NULL)
            + (SELECT count(*) FROM contacts WHERE failure IS NOT NULL),
         (SELECT count(*) FROM contacts WHERE state = 0),
         (SELECT count(*) FROM contacts WHERE state = 2),
         (SELECT ifnull(sum(events), 0) FROM sessions),
         (SELECT ifnull(sum(malformed), 0) FROM sessions),
         (SELECT count(*) FROM files WHERE published = 1),
         (SELECT ifnull(sum(rows), 0) FROM files WHERE published = 1),
         (SELECT ifnull(sum(bytes), 0) FROM files WHERE published = 1),
         (SELECT count(*) FROM files WHERE published = 0),
         (SELECT ifnull(sum(rows), 0) FROM frames),
         (SELECT count(DISTINCT part) FROM frames)";
    Ok(tx.query_row(sql, [], |row| {
        let count = |column| row.get::<_, Count>(column).map(|count| count.0);
        Ok(Totals {
            open: count(0)?,
            settled: count(1)?,
            absent: count(2)?,
            forgotten: count(3)?,
            failed: count(4)?,
            contacts: count(5)?,
            absent_contacts: count(6)?,
            events: count(7)?,
            malformed: count(8)?,
            files: count(9)?,
            rows: count(10)?,
            bytes: count(11)?,
            unpublished_files: count(12)?,
            unpublished_rows: count(13)?,
            unpublished_parts: count(14)?,
        })
    })?)
}

pub(super) fn failures(tx: &Transaction<'_>, limit: u32) -> Step<Vec<Failure>> {
    let sql = "SELECT session_id, 0, failure FROM reads JOIN sessions ON sessions.id = session
                 WHERE failure IS NOT NULL
               UNION ALL SELECT contact_id, 1, failure FROM contacts WHERE failure IS NOT NULL
               LIMIT ?";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([limit], |row| {
        let of = if row.get(1)? {
            FailureOf::Contact
        } else {
            FailureOf::Session
        };
        Ok(Failure {
            id: row.get::<_, SessionId>(0)?.0,
            of,
            reason: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
