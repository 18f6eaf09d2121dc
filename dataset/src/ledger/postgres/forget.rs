//! Sessions that are forgotten on request.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::Row;

use super::claims::known;
use super::files::data_files;
use super::sources::lock_or_add;
use super::tx::{Step, Tx};
use super::values::{id_bytes, id_text, signed};
use super::workers::check_live;
use crate::ledger::file::{FileToReplace, ForgottenSession, Replaced};
use crate::ledger::ids::{FileId, SessionKey, WorkerId};
use crate::ledger::session::Forget;

/// Marks sessions. Their digests stay until their rows are gone: these are recognized by them.
///
/// Sessions that aren't known are marked too: they may be listed later. A worker that is reading one can't
/// commit any more of it.
pub(super) async fn forget(tx: &Tx<'_>, worker: WorkerId, which: &Forget) -> Step<Vec<String>> {
    check_live(tx, worker).await?;
    let rows = match which {
        Forget::Sessions(ids) => lock_or_add(tx, ids).await?,
        Forget::Contact(id) => contact_sessions(tx, id).await?,
    };
    let keys: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "UPDATE sessions SET state = 3, events = 0, malformed = NULL, reported_events = NULL,
                 last_event = NULL, ended = NULL, worker = NULL, epoch = NULL, previous_stamp = NULL,
                 checkpoint = NULL, since_start = NULL, since_events = NULL, first_sight = NULL,
                 failure = NULL, missing_runs = NULL, missing_since = NULL, missing_run = NULL
               WHERE id = ANY($1)";
    tx.execute(sql, &[&keys]).await?;
    rows.iter().map(|row| id_text(row.get(1))).collect()
}

async fn contact_sessions(tx: &Tx<'_>, id: &str) -> Step<Vec<Row>> {
    let sql = "INSERT INTO contacts (dataset, contact_id, state) VALUES ($1, $2, 3)
               ON CONFLICT (dataset, contact_id)
               DO UPDATE SET state = 3, worker = NULL, previous_stamp = NULL, failure = NULL
               RETURNING id";
    let contact: i64 = tx.one(sql, &[&tx.dataset, &id_bytes(id)]).await?.get(0);
    let sql = "SELECT id, session_id FROM sessions
               WHERE id IN (SELECT session FROM contact_sessions WHERE contact = $1)
               ORDER BY id FOR UPDATE";
    tx.query(sql, &[&contact]).await
}

pub(super) async fn files_to_replace(tx: &Tx<'_>) -> Step<Vec<FileToReplace>> {
    let sql =
        "SELECT file, session, session_id FROM sessions JOIN contents ON session = sessions.id
               WHERE sessions.dataset = $1 AND sessions.state = 3 ORDER BY file, session";
    let rows = tx.query(sql, &[&tx.dataset]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sessions: Vec<i64> = rows.iter().map(|row| row.get(1)).collect();
    let digests = known(tx, &sessions).await?;
    let mut forgotten: BTreeMap<FileId, Vec<ForgottenSession>> = BTreeMap::new();
    for row in &rows {
        let digests = digests.get(&SessionKey(row.get(1)));
        let session = ForgottenSession {
            id: id_text(row.get(2))?,
            digests: digests.cloned().unwrap_or_default(),
        };
        forgotten
            .entry(FileId(row.get(0)))
            .or_default()
            .push(session);
    }
    let ids: Vec<_> = forgotten.keys().map(|file| file.0).collect();
    let sql = "SELECT file, session_id FROM contents JOIN sessions ON sessions.id = session
               WHERE file = ANY($1) AND sessions.state <> 3";
    let mut others: HashMap<FileId, HashSet<String>> = HashMap::new();
    for row in tx.query(sql, &[&ids]).await? {
        let of_file = others.entry(FileId(row.get(0))).or_default();
        of_file.insert(id_text(row.get(1))?);
    }
    let mut files = Vec::new();
    for file in data_files(tx).await? {
        if let Some(sessions) = forgotten.remove(&file.file) {
            let others = others.remove(&file.file).unwrap_or_default();
            files.push(FileToReplace {
                file,
                sessions,
                others,
            });
        }
    }
    Ok(files)
}

pub(super) async fn mark_replaced(
    tx: &Tx<'_>,
    worker: WorkerId,
    replaced: &Replaced,
) -> Step<bool> {
    check_live(tx, worker).await?;
    let (before, after) = (replaced.before, (replaced.rows, replaced.bytes));
    if !set_size(tx, replaced.file, before, after).await? {
        // If the reply to an attempt was lost, its size is the one that is found.
        return Ok(tx.may_be_committed && set_size(tx, replaced.file, after, after).await?);
    }
    let ids: Vec<_> = replaced.sessions.iter().map(|id| id_bytes(id)).collect();
    let sql = "SELECT id FROM sessions WHERE dataset = $1 AND session_id = ANY($2) ORDER BY id FOR UPDATE";
    let rows = tx.query(sql, &[&tx.dataset, &ids]).await?;
    let sessions: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "DELETE FROM contents WHERE file = $1 AND session = ANY($2)";
    tx.execute(sql, &[&replaced.file.0, &sessions]).await?;
    let sql = "DELETE FROM digests WHERE session = ANY($1)
                 AND NOT EXISTS (SELECT 1 FROM contents WHERE contents.session = digests.session)";
    tx.execute(sql, &[&sessions]).await?;
    Ok(true)
}

/// Records a file's rows and bytes, if they are what they were. Returns whether they are.
async fn set_size(tx: &Tx<'_>, file: FileId, before: (u64, u64), after: (u64, u64)) -> Step<bool> {
    let sql = "UPDATE files SET rows = $3, bytes = $4
               WHERE id = $1 AND dataset = $2 AND rows = $5 AND bytes = $6";
    let [rows, bytes] = [after.0, after.1].map(signed);
    let [rows_before, bytes_before] = [before.0, before.1].map(signed);
    let set = tx
        .execute(
            sql,
            &[
                &file.0,
                &tx.dataset,
                &rows,
                &bytes,
                &rows_before,
                &bytes_before,
            ],
        )
        .await?;
    Ok(set > 0)
}
