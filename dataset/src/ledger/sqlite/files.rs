//! Parts, frames and files.

use rusqlite::{Transaction, params};

use super::connection::Step;
use super::values::{Count, Date, SessionId};
use super::workers::check_live;
use crate::ledger::file::{
    DataFile, PartName, Published, SealRequest, SealScope, SealedFile, Span,
};
use crate::ledger::ids::{FileId, WorkerId};

pub(super) fn seal(tx: &Transaction<'_>, request: &SealRequest) -> Step<Vec<FileId>> {
    check_live(tx, request.worker)?;
    let mut files = Vec::new();
    for (partition, frames, weight) in unsealed(tx, request)? {
        let full = weight >= request.file_weight;
        if full || request.scope == SealScope::Everything {
            files.push(insert_file(tx, request, &partition, &frames)?);
        }
    }
    Ok(files)
}

/// Frames of no file, as those of one file each: the partition, the frames and their weight.
fn unsealed(tx: &Transaction<'_>, request: &SealRequest) -> Step<Vec<(String, Vec<i64>, u64)>> {
    let sql = "SELECT id, partition, weight FROM frames WHERE file IS NULL ORDER BY partition, id";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([])?;
    let mut files: Vec<(String, Vec<i64>, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (frame, partition, weight) = (row.get(0)?, row.get(1)?, row.get::<_, Count>(2)?.0);
        match files.last_mut() {
            Some((last, frames, sum)) if *last == partition && *sum < request.file_weight => {
                frames.push(frame);
                *sum += weight;
            }
            _ => files.push((partition, vec![frame], weight)),
        }
    }
    Ok(files)
}

fn insert_file(
    tx: &Transaction<'_>,
    request: &SealRequest,
    partition: &str,
    frames: &[i64],
) -> Step<FileId> {
    let sql = "INSERT INTO files (name, partition, worker, run, sealed) VALUES (?, ?, ?, ?, ?)
               RETURNING id";
    let first = frames.first().copied().unwrap_or(0);
    let name = format!("events-{first:010}-{}{}", request.unique, request.extension);
    let row = params![
        name,
        partition,
        request.worker,
        request.run,
        Date(request.at)
    ];
    let file: FileId = tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
    let mut take = tx.prepare_cached("UPDATE frames SET file = ? WHERE id = ?")?;
    for frame in frames {
        take.execute(params![file, frame])?;
    }
    Ok(file)
}

pub(super) fn unpublished(tx: &Transaction<'_>) -> Step<Vec<SealedFile>> {
    let sql = "SELECT id, name, partition, worker,
                 (SELECT ifnull(sum(rows), 0) FROM frames WHERE file = files.id)
               FROM files WHERE published = 0 ORDER BY id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok(SealedFile {
            file: row.get(0)?,
            name: row.get(1)?,
            partition: row.get(2)?,
            worker: row.get(3)?,
            rows: row.get::<_, Count>(4)?.0,
            frames: Vec::new(),
            forgotten: Vec::new(),
        })
    })?;
    let mut files = rows.collect::<Result<Vec<_>, _>>()?;
    for file in &mut files {
        file.frames = frames(tx, file.file)?;
        file.forgotten = forgotten(tx, file.file)?;
    }
    Ok(files)
}

fn frames(tx: &Transaction<'_>, file: FileId) -> Step<Vec<(PartName, Span)>> {
    let sql = "SELECT worker, number, offset, length, checksum
               FROM frames JOIN parts ON parts.id = part WHERE file = ? ORDER BY frames.id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([file], |row| {
        let part = PartName {
            worker: row.get(0)?,
            number: row.get(1)?,
        };
        let span = Span {
            offset: row.get::<_, Count>(2)?.0,
            length: row.get::<_, Count>(3)?.0,
            checksum: row.get(4)?,
        };
        Ok((part, span))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn forgotten(tx: &Transaction<'_>, file: FileId) -> Step<Vec<String>> {
    let sql = "SELECT DISTINCT session_id FROM frames
               JOIN frame_sessions ON frame = frames.id
               JOIN sessions ON sessions.id = session
               WHERE file = ? AND sessions.state = 3";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([file], |row| Ok(row.get::<_, SessionId>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn mark_published(
    tx: &Transaction<'_>,
    worker: WorkerId,
    published: &Published,
) -> Step<bool> {
    check_live(tx, worker)?;
    let &Published { file, rows, bytes } = published;
    let sql = "UPDATE files SET published = 1, rows = ?, bytes = ? WHERE id = ? AND published = 0";
    if tx
        .prepare_cached(sql)?
        .execute(params![Count(rows), Count(bytes), file])?
        == 0
    {
        return Ok(false);
    }
    for sql in [
        "INSERT OR IGNORE INTO contents (session, file)
         SELECT session, file FROM frames JOIN frame_sessions ON frame = frames.id WHERE file = ?",
        "DELETE FROM frame_sessions WHERE frame IN (SELECT id FROM frames WHERE file = ?)",
        "DELETE FROM frames WHERE file = ?",
    ] {
        tx.prepare_cached(sql)?.execute([file])?;
    }
    Ok(true)
}

pub(super) fn removable_parts(tx: &Transaction<'_>) -> Step<Vec<PartName>> {
    let sql = "SELECT worker, number FROM parts
               WHERE NOT EXISTS (SELECT 1 FROM frames WHERE part = parts.id)";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok(PartName {
            worker: row.get(0)?,
            number: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn parts_removed(
    tx: &Transaction<'_>,
    worker: WorkerId,
    parts: &[PartName],
) -> Step<()> {
    check_live(tx, worker)?;
    // Only those without frames: no call can make the ledger lose one.
    let sql = "DELETE FROM parts WHERE worker = ? AND number = ?
                 AND NOT EXISTS (SELECT 1 FROM frames WHERE part = parts.id)";
    let mut delete = tx.prepare_cached(sql)?;
    for part in parts {
        delete.execute(params![part.worker, part.number])?;
    }
    Ok(())
}

pub(super) fn orphans(tx: &Transaction<'_>, parts: &[PartName]) -> Step<Vec<PartName>> {
    // A worker that isn't live can't commit, now or later. One with a higher id isn't this ledger's.
    let sql = "SELECT ?1 <= (SELECT max(seq) FROM sqlite_sequence WHERE name = 'workers')
                 AND NOT EXISTS (SELECT 1 FROM workers WHERE id = ?1 AND state = 0)
                 AND NOT EXISTS (SELECT 1 FROM parts WHERE worker = ?1 AND number = ?2)";
    let mut select = tx.prepare_cached(sql)?;
    let mut orphans = Vec::new();
    for &part in parts {
        let orphan = select.query_row(params![part.worker, part.number], |row| row.get(0));
        if orphan.map(|orphan: Option<bool>| orphan == Some(true))? {
            orphans.push(part);
        }
    }
    Ok(orphans)
}

pub(super) fn data_files(tx: &Transaction<'_>) -> Step<Vec<DataFile>> {
    let sql = "SELECT id, name, partition, published, rows, bytes FROM files ORDER BY id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        let counts = |row: &rusqlite::Row<'_>| -> rusqlite::Result<_> {
            Ok((row.get::<_, Count>(4)?.0, row.get::<_, Count>(5)?.0))
        };
        Ok(DataFile {
            file: row.get(0)?,
            name: row.get(1)?,
            partition: row.get(2)?,
            published: row.get::<_, bool>(3)?.then(|| counts(row)).transpose()?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
