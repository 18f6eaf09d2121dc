//! Counts and failures.

use super::tx::{Step, Tx};
use super::values::{id_text, unsigned};
use crate::ledger::ids::{RunStamp, WorkerId};
use crate::ledger::totals::{Counts, Failure, FailureOf, Totals};

pub(super) async fn counts(tx: &Tx<'_>, worker: WorkerId, run: RunStamp) -> Step<Counts> {
    let sql = "SELECT
         (SELECT count(*) FROM sessions
            WHERE dataset = $1 AND state = 0 AND worker IS NULL AND read_stamp < $3),
         (SELECT count(*) FROM contacts
            WHERE dataset = $1 AND state = 0 AND worker IS NULL AND read_stamp < $3),
         (SELECT count(*) FROM sessions WHERE dataset = $1 AND worker = $2)
            + (SELECT count(*) FROM contacts WHERE dataset = $1 AND worker = $2),
         (SELECT count(*) FROM sessions
            WHERE dataset = $1 AND worker IS NOT NULL AND worker <> $2 AND previous_stamp < $3),
         (SELECT count(*) FROM contacts
            WHERE dataset = $1 AND worker IS NOT NULL AND worker <> $2 AND previous_stamp < $3),
         (SELECT count(*) FROM frames WHERE dataset = $1 AND file IS NULL),
         (SELECT coalesce(sum(weight), 0)::bigint FROM frames WHERE dataset = $1 AND file IS NULL),
         (SELECT count(*) FROM files WHERE dataset = $1 AND NOT published)";
    let row = tx.one(sql, &[&tx.dataset, &worker.0, &run.0]).await?;
    let count = |column: usize| unsigned(row.get(column));
    Ok(Counts {
        due_sessions: count(0),
        due_contacts: count(1),
        held_here: count(2),
        held_elsewhere: count(3) + count(4),
        contacts_held_elsewhere: count(4),
        unsealed: count(5),
        unsealed_bytes: count(6),
        unpublished: count(7),
    })
}

pub(super) async fn totals(tx: &Tx<'_>) -> Step<Totals> {
    let sql = "WITH session AS (
           SELECT count(*) FILTER (WHERE state = 0) AS open, count(*) FILTER (WHERE state = 1) AS settled,
             count(*) FILTER (WHERE state = 2) AS absent, count(*) FILTER (WHERE state = 3) AS forgotten,
             count(failure) AS failed, coalesce(sum(events), 0)::bigint AS events,
             coalesce(sum(malformed), 0)::bigint AS malformed
           FROM sessions WHERE dataset = $1
         ), contact AS (
           SELECT count(*) FILTER (WHERE state = 0) AS open, count(*) FILTER (WHERE state = 2) AS absent,
             count(failure) AS failed
           FROM contacts WHERE dataset = $1
         ), file AS (
           SELECT count(*) FILTER (WHERE published) AS published,
             coalesce(sum(rows) FILTER (WHERE published), 0)::bigint AS rows,
             coalesce(sum(bytes) FILTER (WHERE published), 0)::bigint AS bytes,
             count(*) FILTER (WHERE NOT published) AS unpublished
           FROM files WHERE dataset = $1
         ), frame AS (
           SELECT coalesce(sum(rows), 0)::bigint AS rows, count(DISTINCT part) AS parts
           FROM frames WHERE dataset = $1
         )
         SELECT session.open, session.settled, session.absent, session.forgotten,
           session.failed + contact.failed, contact.open, contact.absent, session.events, session.malformed,
           file.published, file.rows, file.bytes, file.unpublished, frame.rows, frame.parts
         FROM session, contact, file, frame";
    let row = tx.one_of_all(sql, &[&tx.dataset]).await?;
    let count = |column: usize| unsigned(row.get(column));
    Ok(Totals {
        open: count(0),
        settled: count(1),
        absent: count(2),
        forgotten: count(3),
        failed: count(4),
        contacts: count(5),
        absent_contacts: count(6),
        events: count(7),
        malformed: count(8),
        files: count(9),
        rows: count(10),
        bytes: count(11),
        unpublished_files: count(12),
        unpublished_rows: count(13),
        unpublished_parts: count(14),
    })
}

pub(super) async fn failures(tx: &Tx<'_>, limit: u32) -> Step<Vec<Failure>> {
    let sql = "SELECT session_id, false, failure FROM sessions
                 WHERE dataset = $1 AND failure IS NOT NULL
               UNION ALL SELECT contact_id, true, failure FROM contacts
                 WHERE dataset = $1 AND failure IS NOT NULL
               LIMIT $2";
    let rows = tx.query(sql, &[&tx.dataset, &i64::from(limit)]).await?;
    let failure = |row: &tokio_postgres::Row| {
        Ok(Failure {
            id: id_text(row.get(0))?,
            of: if row.get(1) {
                FailureOf::Contact
            } else {
                FailureOf::Session
            },
            reason: row.get(2),
        })
    };
    rows.iter().map(failure).collect()
}
