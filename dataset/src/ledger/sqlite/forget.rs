//! Sessions that are forgotten on request.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::connection::Step;
use super::digests;
use super::files::data_files;
use super::values::{Count, SessionId};
use super::workers::check_live;
use crate::ledger::file::{FileToReplace, ForgottenSession, Replaced};
use crate::ledger::ids::{FileId, SessionKey, WorkerId};
use crate::ledger::session::Forget;

/// Marks sessions. Their digests stay until their rows are gone: these are recognized by them.
///
/// Sessions that aren't known are marked too: they may be listed later.
pub(super) fn forget(tx: &Transaction<'_>, worker: WorkerId, which: &Forget) -> Step<Vec<String>> {
    check_live(tx, worker)?;
    let sessions = match which {
        Forget::Sessions(ids) => sessions(tx, ids)?,
        Forget::Contact(id) => contact_sessions(tx, id)?,
    };
    for (session, _) in &sessions {
        for sql in [
            "UPDATE sessions SET state = 3, events = 0, malformed = NULL, reported_events = NULL,
               last_event = NULL, ended = NULL WHERE id = ?",
            // A worker that is reading it can't commit any more of it.
            "DELETE FROM claims WHERE session = ?",
            "DELETE FROM reads WHERE session = ?",
        ] {
            tx.prepare_cached(sql)?.execute([session])?;
        }
    }
    Ok(sessions.into_iter().map(|(_, id)| id).collect())
}

fn sessions(tx: &Transaction<'_>, ids: &[String]) -> Step<Vec<(SessionKey, String)>> {
    let mut sessions = Vec::new();
    for id in ids {
        let id = SessionId(id.clone());
        let sql = "INSERT OR IGNORE INTO sessions (session_id) VALUES (?)";
        tx.prepare_cached(sql)?.execute([&id])?;
        let sql = "SELECT id, session_id FROM sessions WHERE session_id = ?";
        let found = tx.prepare_cached(sql)?.query_row([&id], session)?;
        sessions.push(found);
    }
    Ok(sessions)
}

fn contact_sessions(tx: &Transaction<'_>, id: &str) -> Step<Vec<(SessionKey, String)>> {
    let sql = "INSERT INTO contacts (contact_id, state) VALUES (?, 3)
               ON CONFLICT DO UPDATE SET state = 3, worker = NULL, previous_stamp = NULL, failure = NULL";
    tx.execute(sql, [id])?;
    let sql = "SELECT sessions.id, session_id FROM contacts
               JOIN contact_sessions ON contact = contacts.id
               JOIN sessions ON sessions.id = session WHERE contact_id = ?";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([id], session)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn session(row: &rusqlite::Row<'_>) -> rusqlite::Result<(SessionKey, String)> {
    Ok((row.get(0)?, row.get::<_, SessionId>(1)?.0))
}

pub(super) fn files_to_replace(tx: &Transaction<'_>) -> Step<Vec<FileToReplace>> {
    let sql =
        "SELECT file, session, session_id FROM sessions JOIN contents ON session = sessions.id
               WHERE sessions.state = 3 ORDER BY file, session";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok((
            row.get::<_, FileId>(0)?,
            row.get(1)?,
            row.get::<_, SessionId>(2)?.0,
        ))
    })?;
    let mut forgotten: BTreeMap<FileId, Vec<ForgottenSession>> = BTreeMap::new();
    for row in rows {
        let (file, session, id) = row?;
        let digests = digests::known(tx, session)?;
        forgotten
            .entry(file)
            .or_default()
            .push(ForgottenSession { id, digests });
    }
    if forgotten.is_empty() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for file in data_files(tx)? {
        if let Some(sessions) = forgotten.remove(&file.file) {
            let others = others(tx, file.file)?;
            files.push(FileToReplace {
                file,
                sessions,
                others,
            });
        }
    }
    Ok(files)
}

/// Returns the sessions of a file that aren't forgotten.
fn others(tx: &Transaction<'_>, file: FileId) -> Step<HashSet<String>> {
    let sql = "SELECT session_id FROM contents JOIN sessions ON sessions.id = session
               WHERE file = ? AND sessions.state <> 3";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([file], |row| Ok(row.get::<_, SessionId>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn mark_replaced(
    tx: &Transaction<'_>,
    worker: WorkerId,
    replaced: &Replaced,
) -> Step<bool> {
    check_live(tx, worker)?;
    let (rows_before, bytes_before) = replaced.before;
    let row = params![
        Count(replaced.rows),
        Count(replaced.bytes),
        replaced.file,
        Count(rows_before),
        Count(bytes_before)
    ];
    let sql = "UPDATE files SET rows = ?, bytes = ? WHERE id = ? AND rows = ? AND bytes = ?";
    if tx.execute(sql, row)? == 0 {
        return Ok(false);
    }
    for id in &replaced.sessions {
        let sql = "SELECT id FROM sessions WHERE session_id = ?";
        let mut select = tx.prepare_cached(sql)?;
        let session = select
            .query_row([SessionId(id.clone())], |row| row.get(0))
            .optional()?;
        let Some(session) = session else {
            continue;
        };
        let sql = "DELETE FROM contents WHERE file = ? AND session = ?";
        tx.prepare_cached(sql)?
            .execute(params![replaced.file, session])?;
        let sql = "SELECT 1 FROM contents WHERE session = ?";
        if !tx.prepare_cached(sql)?.exists([session])? {
            digests::remove(tx, session)?;
        }
    }
    Ok(true)
}
