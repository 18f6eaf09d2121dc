//! Parts, frames and files.

use std::collections::HashMap;

use super::tx::{Step, Tx, damaged};
use super::values::{id_text, millis, signed, unsigned};
use super::workers::check_live;
use crate::ledger::file::{
    DataFile, PartName, Published, SealRequest, SealScope, SealedFile, Span,
};
use crate::ledger::ids::{FileId, WorkerId};

pub(super) async fn seal(tx: &Tx<'_>, request: &SealRequest) -> Step<Vec<FileId>> {
    check_live(tx, request.worker).await?;
    // Looked at first without a lock: every worker does so every few seconds, mostly in vain.
    if to_seal(tx, request).await?.is_empty() {
        return Ok(Vec::new());
    }
    // One at a time seals: what it then sees unsealed stays so until it has sealed it.
    let sql = "SELECT 1 FROM datasets WHERE key = $1 FOR NO KEY UPDATE";
    tx.query(sql, &[&tx.dataset]).await?;
    let mut files = Vec::new();
    for (partition, frames) in to_seal(tx, request).await? {
        files.push(insert_file(tx, request, &partition, &frames).await?);
    }
    Ok(files)
}

/// Frames of no file, as those of one file each: the partition and the frames.
async fn to_seal(tx: &Tx<'_>, request: &SealRequest) -> Step<Vec<(String, Vec<i64>)>> {
    let sql = "SELECT id, partition, weight FROM frames WHERE dataset = $1 AND file IS NULL
               ORDER BY partition COLLATE \"C\", id";
    let mut files: Vec<(String, Vec<i64>, u64)> = Vec::new();
    for row in tx.query(sql, &[&tx.dataset]).await? {
        let (frame, partition) = (row.get(0), row.get::<_, String>(1));
        let weight = unsigned(row.get(2));
        match files.last_mut() {
            Some((last, frames, sum)) if *last == partition && *sum < request.file_weight => {
                frames.push(frame);
                *sum += weight;
            }
            _ => files.push((partition, vec![frame], weight)),
        }
    }
    files.retain(|(.., weight)| {
        *weight >= request.file_weight || request.scope == SealScope::Everything
    });
    let files = files.into_iter();
    Ok(files
        .map(|(partition, frames, _)| (partition, frames))
        .collect())
}

async fn insert_file(
    tx: &Tx<'_>,
    request: &SealRequest,
    partition: &str,
    frames: &[i64],
) -> Step<FileId> {
    let first = frames.first().copied().unwrap_or(0);
    let name = format!("events-{first:010}-{}{}", request.unique, request.extension);
    let sql = "WITH file AS (
                 INSERT INTO files (dataset, name, partition, worker, run, sealed)
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
               ), taken AS (
                 UPDATE frames SET file = file.id FROM file WHERE frames.id = ANY($7) RETURNING 1
               )
               SELECT id, (SELECT count(*) FROM taken) FROM file";
    let row = tx
        .one(
            sql,
            &[
                &tx.dataset,
                &name,
                &partition,
                &request.worker.0,
                &request.run.0,
                &millis(request.at),
                &frames,
            ],
        )
        .await?;
    if unsigned(row.get(1)) != frames.len() as u64 {
        return Err(damaged().into());
    }
    Ok(FileId(row.get(0)))
}

pub(super) async fn unpublished(tx: &Tx<'_>) -> Step<Vec<SealedFile>> {
    let sql = "SELECT id, name, partition, worker FROM files
               WHERE dataset = $1 AND NOT published ORDER BY id";
    let mut files: Vec<_> = tx
        .query(sql, &[&tx.dataset])
        .await?
        .iter()
        .map(|row| SealedFile {
            file: FileId(row.get(0)),
            name: row.get(1),
            partition: row.get(2),
            worker: WorkerId(row.get(3)),
            rows: 0,
            frames: Vec::new(),
            forgotten: Vec::new(),
        })
        .collect();
    let ids: Vec<_> = files.iter().map(|file| file.file.0).collect();
    let places: HashMap<_, _> = ids
        .iter()
        .copied()
        .zip(0..)
        .collect::<HashMap<i64, usize>>();
    let file_of = |id: i64| -> Step<usize> { Ok(*places.get(&id).ok_or_else(damaged)?) };
    let sql = "SELECT file, worker, number, \"offset\", length, checksum, rows
               FROM frames JOIN parts ON parts.id = part WHERE file = ANY($1) ORDER BY file, frames.id";
    for row in tx.query(sql, &[&ids]).await? {
        let part = PartName {
            worker: WorkerId(row.get(1)),
            number: row.get(2),
        };
        let span = Span {
            offset: unsigned(row.get(3)),
            length: unsigned(row.get(4)),
            checksum: row.get::<_, &[u8]>(5).try_into().map_err(|_| damaged())?,
        };
        let place = file_of(row.get(0))?;
        if let Some(file) = files.get_mut(place) {
            file.rows += unsigned(row.get(6));
            file.frames.push((part, span));
        }
    }
    let sql = "SELECT DISTINCT file, session_id FROM frames
               JOIN frame_sessions ON frame = frames.id
               JOIN sessions ON sessions.id = session
               WHERE file = ANY($1) AND sessions.state = 3";
    for row in tx.query(sql, &[&ids]).await? {
        let place = file_of(row.get(0))?;
        if let Some(file) = files.get_mut(place) {
            file.forgotten.push(id_text(row.get(1))?);
        }
    }
    Ok(files)
}

pub(super) async fn mark_published(
    tx: &Tx<'_>,
    worker: WorkerId,
    published: &Published,
) -> Step<bool> {
    check_live(tx, worker).await?;
    let file = published.file.0;
    let sql = "UPDATE files SET published = true, rows = $3, bytes = $4, worker = $5
               WHERE id = $1 AND dataset = $2 AND NOT published";
    let (rows, bytes) = (signed(published.rows), signed(published.bytes));
    let marked = tx
        .execute(sql, &[&file, &tx.dataset, &rows, &bytes, &worker.0])
        .await?;
    if marked == 0 {
        // Whose mark it is, if the reply to this one was lost.
        let sql = "SELECT worker FROM files WHERE id = $1";
        let by = tx
            .first(sql, &[&file])
            .await?
            .map(|row| row.get::<_, i64>(0));
        return Ok(tx.may_be_committed && by == Some(worker.0));
    }
    let sql = "INSERT INTO contents (session, file)
               SELECT DISTINCT session, $1::bigint FROM frames JOIN frame_sessions ON frame = frames.id
               WHERE file = $1 ON CONFLICT DO NOTHING";
    tx.execute(sql, &[&file]).await?;
    let sql = "DELETE FROM frame_sessions WHERE frame IN (SELECT id FROM frames WHERE file = $1)";
    tx.execute(sql, &[&file]).await?;
    tx.execute("DELETE FROM frames WHERE file = $1", &[&file])
        .await?;
    Ok(true)
}

pub(super) async fn removable_parts(tx: &Tx<'_>) -> Step<Vec<PartName>> {
    let sql = "SELECT worker, number FROM parts
               WHERE dataset = $1 AND NOT EXISTS (SELECT 1 FROM frames WHERE part = parts.id)";
    let rows = tx.query(sql, &[&tx.dataset]).await?;
    Ok(rows.iter().map(part_name).collect())
}

fn part_name(row: &tokio_postgres::Row) -> PartName {
    PartName {
        worker: WorkerId(row.get(0)),
        number: row.get(1),
    }
}

/// Splits names into two columns, in one order for all workers.
fn columns(parts: &[PartName]) -> (Vec<i64>, Vec<i64>) {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts
        .iter()
        .map(|part| (part.worker.0, part.number))
        .unzip()
}

pub(super) async fn parts_removed(tx: &Tx<'_>, worker: WorkerId, parts: &[PartName]) -> Step<()> {
    check_live(tx, worker).await?;
    let (workers, numbers) = columns(parts);
    // Only those without frames: no call can make the ledger lose one.
    let sql = "DELETE FROM parts WHERE dataset = $1
                 AND (worker, number) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
                 AND NOT EXISTS (SELECT 1 FROM frames WHERE part = parts.id)";
    tx.execute(sql, &[&tx.dataset, &workers, &numbers]).await?;
    Ok(())
}

/// In one snapshot: a worker that isn't live in it can't commit, now or later, and what it has committed is in
/// the snapshot too, since whoever declared it dead waited for that.
pub(super) async fn orphans(tx: &Tx<'_>, parts: &[PartName]) -> Step<Vec<PartName>> {
    let (workers, numbers) = columns(parts);
    // One of a higher worker than any of this dataset isn't this ledger's.
    let sql = "SELECT found.worker, found.number
               FROM unnest($2::bigint[], $3::bigint[]) AS found (worker, number)
               WHERE found.worker <= (SELECT max(id) FROM workers WHERE dataset = $1)
                 AND NOT EXISTS (SELECT 1 FROM workers
                                 WHERE dataset = $1 AND id = found.worker AND state = 0)
                 AND NOT EXISTS (SELECT 1 FROM parts WHERE dataset = $1
                                   AND parts.worker = found.worker AND parts.number = found.number)";
    let rows = tx.query(sql, &[&tx.dataset, &workers, &numbers]).await?;
    Ok(rows.iter().map(part_name).collect())
}

pub(super) async fn data_files(tx: &Tx<'_>) -> Step<Vec<DataFile>> {
    let sql = "SELECT id, name, partition, published, coalesce(rows, 0), coalesce(bytes, 0)
               FROM files WHERE dataset = $1 ORDER BY id";
    let rows = tx.query(sql, &[&tx.dataset]).await?;
    let file = |row: &tokio_postgres::Row| DataFile {
        file: FileId(row.get(0)),
        name: row.get(1),
        partition: row.get(2),
        published: row
            .get::<_, bool>(3)
            .then(|| (unsigned(row.get(4)), unsigned(row.get(5)))),
    };
    Ok(rows.iter().map(file).collect())
}
