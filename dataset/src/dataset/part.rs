//! Parts: rows that are committed and not yet in a published file.
//!
//! A part is frames one after another; a frame is the rows of one partition, compressed. Where a frame is
//! and its checksum are in the ledger.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::paths;
use super::storage::{RangeReader, Storage, damaged_part};
use crate::error::Result;
use crate::ledger::file::{NewFrame, NewPart, PartName, Span};
use crate::ledger::ids::SessionKey;

/// Fast, and small enough: a part is removed as soon as its rows are published.
const LEVEL: i32 = 1;

/// A row, as a part holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartRow<'a> {
    pub(super) session: &'a str,
    pub(super) synced_at: Timestamp,
    pub(super) json: &'a str,
}

/// The rows of a partition that are being collected.
#[derive(Default)]
pub(super) struct Collected {
    bytes: Vec<u8>,
    rows: u64,
    sessions: Vec<SessionKey>,
}

impl Collected {
    pub(super) fn push(&mut self, session: SessionKey, row: &PartRow<'_>) {
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        text(&mut self.bytes, row.session);
        self.bytes
            .extend(row.synced_at.as_microsecond().to_le_bytes());
        text(&mut self.bytes, row.json);
        self.rows += 1;
        if self.sessions.last() != Some(&session) {
            self.sessions.push(session);
        }
    }
}

/// How large a frame becomes in a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weight {
    /// As large as in the part.
    Compressed,
    /// As large as its rows.
    Uncompressed,
}

/// Writes a part, durably. Nothing is left of it after an error.
pub(super) fn write(
    storage: &dyn Storage,
    name: PartName,
    partitions: &BTreeMap<String, Collected>,
    weight: Weight,
) -> Result<NewPart> {
    let mut frames = Vec::new();
    storage.write_part(&paths::part(name), &mut |sink| {
        frames = write_frames(sink, partitions, weight)?;
        Ok(())
    })?;
    let bytes = frames.iter().map(|frame| frame.span.length).sum();
    Ok(NewPart {
        name,
        bytes,
        frames,
    })
}

fn write_frames(
    file: &mut dyn Write,
    partitions: &BTreeMap<String, Collected>,
    weight: Weight,
) -> io::Result<Vec<NewFrame>> {
    let mut offset = 0;
    let mut frames = Vec::with_capacity(partitions.len());
    for (partition, rows) in partitions {
        let frame = zstd::bulk::compress(&rows.bytes, LEVEL)?;
        file.write_all(&frame)?;
        let length = frame.len() as u64;
        frames.push(NewFrame {
            partition: partition.clone(),
            span: Span {
                offset,
                length,
                checksum: checksum(&frame),
            },
            rows: rows.rows,
            weight: match weight {
                Weight::Compressed => length,
                Weight::Uncompressed => rows.bytes.len() as u64,
            },
            sessions: rows.sessions.clone(),
        });
        offset += length;
    }
    Ok(frames)
}

fn checksum(frame: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    for (short, byte) in short.iter_mut().zip(Sha256::digest(frame)) {
        *short = byte;
    }
    short
}

/// Reads frames of parts.
pub(super) struct FrameReader<'a> {
    storage: &'a dyn Storage,
    ranges: Box<dyn RangeReader + 'a>,
}

impl<'a> FrameReader<'a> {
    pub(super) fn new(storage: &'a dyn Storage) -> Self {
        Self {
            storage,
            ranges: storage.ranges(),
        }
    }

    /// Returns the rows of a frame.
    pub(super) fn read(&mut self, part: PartName, span: &Span) -> Result<FrameRows> {
        let key = paths::part(part);
        let damaged = || damaged_part(&self.storage.shown(&key));
        let frame = self.ranges.read(&key, span.offset, span.length)?;
        if checksum(&frame) != span.checksum {
            return Err(damaged());
        }
        let bytes = zstd::stream::decode_all(frame.as_slice()).map_err(|_| damaged())?;
        Ok(FrameRows { bytes })
    }
}

/// The rows of a frame.
#[derive(Debug)]
pub(super) struct FrameRows {
    bytes: Vec<u8>,
}

impl FrameRows {
    /// Returns the rows in order. The checksum was right, so all of them are.
    pub(super) fn iter(&self) -> impl Iterator<Item = PartRow<'_>> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || next_row(&mut rest))
    }
}

fn next_row<'a>(rest: &mut &'a [u8]) -> Option<PartRow<'a>> {
    let session = next_text(rest)?;
    let (synced_at, after) = rest.split_first_chunk()?;
    *rest = after;
    let synced_at = Timestamp::from_microsecond(i64::from_le_bytes(*synced_at)).ok()?;
    Some(PartRow {
        session,
        synced_at,
        json: next_text(rest)?,
    })
}

fn next_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (text, after) = after.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}
