//! A part and its sessions' progress, recorded together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use super::part::{self, Collected, PartRow, Weight};
use super::paths;
use super::store::Store;
use crate::error::Result;
use crate::fault;
use crate::format::{Compression, Format};
use crate::ledger::digest::Digest;
use crate::ledger::file::{NewPart, PartName};
use crate::ledger::ids::{Epoch, RunStamp, SessionKey, WorkerId};
use crate::ledger::session::{Commit, Committed, Progress, SessionUpdate};

/// An event to be recorded.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    /// Its JSON, as sent.
    pub(crate) json: String,
    /// Its own date.
    pub(crate) created: Option<Timestamp>,
    /// By which it is recognized: see [`Run::digest`](crate::dataset::Run::digest).
    pub(crate) digest: Digest,
    /// When it was received.
    pub(crate) synced_at: Timestamp,
}

/// What was read of one session since its last commit.
#[derive(Clone, Debug)]
pub(crate) struct SessionBatch {
    /// Key of the session.
    pub(crate) session: SessionKey,
    /// Its id.
    pub(crate) id: Arc<str>,
    /// The claim's epoch.
    pub(crate) epoch: Epoch,
    /// New events, in order.
    pub(crate) events: Vec<EventRow>,
    /// Events passed because they couldn't be decoded.
    pub(crate) malformed: u64,
    /// Where to resume after them, as JSON; `None` leaves the position as it is.
    pub(crate) checkpoint: Option<String>,
    /// How far the read got. Everything but [`Progress::Reading`] releases the claim.
    pub(crate) progress: Progress,
}

/// What became of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommitOutcome {
    /// Claims that were no longer this worker's: nothing of them was recorded.
    pub(crate) refused: Vec<(SessionKey, Epoch)>,
    /// Events recorded.
    pub(crate) events: u64,
    /// Sessions that settled.
    pub(crate) settled: u64,
}

/// Who commits.
#[derive(Debug)]
pub(super) struct Committer {
    worker: WorkerId,
    next_part: AtomicI64,
}

impl Committer {
    pub(super) fn new(worker: WorkerId) -> Self {
        Self {
            worker,
            next_part: AtomicI64::new(1),
        }
    }

    /// Records batches, but for those of claims that are no longer this worker's.
    pub(super) fn commit(
        &self,
        store: &Store,
        run: RunStamp,
        at: Timestamp,
        batches: &[SessionBatch],
    ) -> Result<CommitOutcome> {
        let mut refused = HashSet::new();
        loop {
            let kept = || {
                batches
                    .iter()
                    .filter(|batch| !refused.contains(&(batch.session, batch.epoch)))
            };
            if kept().next().is_none() {
                return Ok(CommitOutcome {
                    refused: sorted(refused),
                    ..CommitOutcome::default()
                });
            }
            let commit = Commit {
                worker: self.worker,
                run,
                at,
                settle: store.settings.settle(),
                part: self.write_part(store, at, kept())?,
                updates: kept().map(update).collect(),
            };
            fault::point("commit:part-synced");
            let part = commit.part.as_ref().map(|part| paths::part(part.name));
            match store.ledger.commit(&commit) {
                Ok(Committed::Recorded { settled }) => {
                    fault::point("commit:recorded");
                    let events = kept().map(|batch| batch.events.len() as u64).sum();
                    return Ok(CommitOutcome {
                        refused: sorted(refused),
                        events,
                        settled,
                    });
                }
                Ok(Committed::Refused(claims)) => {
                    // Nothing names this part: it is written again without their rows.
                    if let Some(part) = part {
                        store.storage.remove(&part)?;
                    }
                    fault::point("commit:refused");
                    refused.extend(claims);
                }
                // The part stays: an error of the commit doesn't prove that it wasn't recorded. If it
                // wasn't, it is an orphan, and removed once this worker has ended.
                Err(error) => return Err(error),
            }
        }
    }

    fn write_part<'b>(
        &self,
        store: &Store,
        at: Timestamp,
        batches: impl Iterator<Item = &'b SessionBatch>,
    ) -> Result<Option<NewPart>> {
        let mut partitions: BTreeMap<String, Collected> = BTreeMap::new();
        for batch in batches {
            for event in &batch.events {
                let folder = store.settings.partition.folder(event.created, at);
                let row = PartRow {
                    session: &batch.id,
                    synced_at: event.synced_at,
                    json: &event.json,
                };
                partitions
                    .entry(folder)
                    .or_default()
                    .push(batch.session, &row);
            }
        }
        if partitions.is_empty() {
            return Ok(None);
        }
        let number = self.next_part.fetch_add(1, Ordering::Relaxed);
        let name = PartName {
            worker: self.worker,
            number,
        };
        part::write(&*store.storage, name, &partitions, weight(store)).map(Some)
    }
}

/// How large a frame becomes in a file of these settings.
fn weight(store: &Store) -> Weight {
    match (store.settings.format, store.settings.compression) {
        (Format::Ndjson | Format::Csv, Compression::None) => Weight::Uncompressed,
        _ => Weight::Compressed,
    }
}

fn update(batch: &SessionBatch) -> SessionUpdate {
    SessionUpdate {
        session: batch.session,
        epoch: batch.epoch,
        digests: batch.events.iter().map(|event| event.digest).collect(),
        last_event: batch.events.iter().filter_map(|event| event.created).max(),
        malformed: batch.malformed,
        checkpoint: batch.checkpoint.clone(),
        progress: batch.progress.clone(),
    }
}

fn sorted(claims: HashSet<(SessionKey, Epoch)>) -> Vec<(SessionKey, Epoch)> {
    let mut claims: Vec<_> = claims.into_iter().collect();
    claims.sort_unstable();
    claims
}
