//! The part of a commit.

use std::collections::HashSet;

use super::tx::{Step, Tx};
use super::values::signed;
use crate::ledger::file::{NewFrame, NewPart};

/// Inserts a part with its frames, of which each partition has one, and their sessions.
pub(super) async fn insert_part(tx: &Tx<'_>, part: Option<&NewPart>) -> Step<()> {
    let Some(part) = part else {
        return Ok(());
    };
    let frames = &part.frames;
    let partitions: Vec<_> = frames
        .iter()
        .map(|frame| frame.partition.as_str())
        .collect();
    let counts = |of: fn(&NewFrame) -> u64| -> Vec<i64> {
        frames.iter().map(|frame| signed(of(frame))).collect()
    };
    let checksums: Vec<_> = frames
        .iter()
        .map(|frame| frame.span.checksum.as_slice())
        .collect();
    let (mut partitions_of, mut sessions) = (Vec::new(), Vec::new());
    for frame in frames {
        for session in frame.sessions.iter().collect::<HashSet<_>>() {
            partitions_of.push(frame.partition.as_str());
            sessions.push(session.0);
        }
    }
    let sql = "WITH part AS (
           INSERT INTO parts (dataset, worker, number, bytes) VALUES ($1::integer, $2, $3, $4) RETURNING id
         ), frame AS (
           INSERT INTO frames (dataset, part, partition, \"offset\", length, checksum, rows, weight)
           SELECT $1::integer, part.id, new.* FROM part, unnest($5::text[], $6::bigint[], $7::bigint[], $8::bytea[],
             $9::bigint[], $10::bigint[]) AS new
           RETURNING id, partition
         )
         INSERT INTO frame_sessions (frame, session)
         SELECT frame.id, new.session
         FROM unnest($11::text[], $12::bigint[]) AS new (partition, session) JOIN frame USING (partition)";
    tx.execute(
        sql,
        &[
            &tx.dataset,
            &part.name.worker.0,
            &part.name.number,
            &signed(part.bytes),
            &partitions,
            &counts(|frame| frame.span.offset),
            &counts(|frame| frame.span.length),
            &checksums,
            &counts(|frame| frame.rows),
            &counts(|frame| frame.weight),
            &partitions_of,
            &sessions,
        ],
    )
    .await?;
    Ok(())
}
