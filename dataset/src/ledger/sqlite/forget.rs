//! Sessions that are forgotten on request.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::connection::Step;
use super::files::data_files;
use super::values::{Count, SessionId};
use super::workers::check_live;
use crate::ledger::file::{DataFile, Replaced};
use crate::ledger::ids::{FileId, SessionKey, WorkerId};
use crate::ledger::session::Forget;

/// Marks sessions, also ones that aren't known: they may be listed later.
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
            "DELETE FROM digests WHERE session = ?",
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

pub(super) fn files_to_replace(tx: &Transaction<'_>) -> Step<Vec<(DataFile, Vec<String>)>> {
    let mut sessions = tx.prepare_cached(
        "SELECT session_id FROM contents JOIN sessions ON sessions.id = session
         WHERE file = ? AND sessions.state = 3",
    )?;
    let affected: Vec<FileId> = tx
        .prepare_cached(
            "SELECT DISTINCT file FROM sessions JOIN contents ON session = sessions.id
             WHERE sessions.state = 3",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut files = Vec::new();
    for file in data_files(tx)?
        .into_iter()
        .filter(|file| affected.contains(&file.file))
    {
        let rows = sessions.query_map([file.file], |row| Ok(row.get::<_, SessionId>(0)?.0))?;
        files.push((file, rows.collect::<Result<_, _>>()?));
    }
    Ok(files)
}

pub(super) fn mark_replaced(
    tx: &Transaction<'_>,
    worker: WorkerId,
    replaced: &Replaced,
) -> Step<()> {
    check_live(tx, worker)?;
    let row = params![Count(replaced.rows), Count(replaced.bytes), replaced.file];
    tx.execute("UPDATE files SET rows = ?, bytes = ? WHERE id = ?", row)?;
    for id in &replaced.sessions {
        let sql = "SELECT id FROM sessions WHERE session_id = ?";
        let id = SessionId(id.clone());
        let session: Option<i64> = tx.query_row(sql, [&id], |row| row.get(0)).optional()?;
        let sql = "DELETE FROM contents WHERE file = ? AND session = ?";
        tx.prepare_cached(sql)?
            .execute(params![replaced.file, session])?;
    }
    Ok(())
}
