//! Sealed files, built and put into place under names that are given once.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::PoisonError;

use super::part::FrameReader;
use super::paths::{self, builder};
use super::storage::{NewFile, Put};
use super::store::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::fault;
use crate::format::{FileWriter, Row};
use crate::ledger::file::{PartName, Published, SealedFile, relative_path};
use crate::ledger::ids::WorkerId;

/// A file that was published.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PublishedFile {
    /// Its path, relative to the dataset.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// Whose sealed files to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// This worker's, and those of workers that are no longer live.
    OwnAndLeft,
    /// All.
    Everyones,
}

/// Publishes sealed files, then removes the parts that are no longer needed.
pub(super) fn publish(store: &Store, worker: WorkerId, whose: Whose) -> Result<Vec<PublishedFile>> {
    // A worker builds each file at one path: two calls would link what the other has half written.
    let _one_at_a_time = store
        .publishing
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let live: HashSet<_> = store
        .ledger
        .live_workers()?
        .iter()
        .map(|live| live.id)
        .collect();
    let (mut published, mut failed) = (Vec::new(), None);
    for file in store.ledger.unpublished()? {
        let other = file.worker != worker && live.contains(&file.worker);
        if !other || whose == Whose::Everyones {
            match publish_file(store, worker, &file) {
                Ok(file) => published.extend(file),
                // One damaged part must not hold up the other files.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
    }
    remove_parts(store, worker)?;
    failed.map_or(Ok(published), Err)
}

/// Publishes a file. `None` if another worker did it meanwhile.
fn publish_file(
    store: &Store,
    worker: WorkerId,
    file: &SealedFile,
) -> Result<Option<PublishedFile>> {
    let path = relative_path(&file.partition, &file.name);
    // Its name is given once, so a file of this name is this file: a worker that stopped published it.
    let rows = if store.storage.exists(&path)? {
        file.rows
    } else {
        match build_and_put(store, worker, file, &path) {
            Ok(rows) => rows,
            // Another worker that published it has removed its parts.
            Err(_) if !is_unpublished(store, file)? => return Ok(None),
            // One that declared this worker dead has removed what it was building.
            Err(error) => {
                store.ledger.heartbeat(worker, None)?;
                return Err(error);
            }
        }
    };
    fault::point("publish:linked");
    store.storage.make_durable(&path)?;
    let bytes = store.storage.size(&path)?.ok_or_else(|| {
        let message = format!(
            "`{}` was removed while it was being published; next: run it again",
            store.storage.shown(&path)
        );
        Error::new(ErrorKind::Disk, message)
    })?;
    fault::point("publish:synced");
    let is_marked = store.ledger.mark_published(
        worker,
        &Published {
            file: file.file,
            rows,
            bytes,
        },
    )?;
    fault::point("publish:marked");
    Ok(is_marked.then_some(PublishedFile { path, rows, bytes }))
}

fn is_unpublished(store: &Store, file: &SealedFile) -> Result<bool> {
    Ok(store
        .ledger
        .unpublished()?
        .iter()
        .any(|other| other.file == file.file))
}

/// Returns the file's rows.
fn build_and_put(store: &Store, worker: WorkerId, file: &SealedFile, path: &str) -> Result<u64> {
    let new = NewFile {
        key: path.to_owned(),
        building: paths::building_file(&file.name, worker),
    };
    let mut rows = 0;
    let put = store.storage.publish(&new, &mut |sink| {
        rows = build(store, file, &new, sink)?;
        Ok(())
    })?;
    Ok(match put {
        Put::AsWritten => rows,
        Put::Other => file.rows,
    })
}

/// Writes a file from its frames. Returns its rows.
fn build(
    store: &Store,
    file: &SealedFile,
    new: &NewFile,
    sink: &mut (dyn Write + Send),
) -> Result<u64> {
    let path = store.storage.shown(&new.building);
    let failed = |error| Error::disk("write", Path::new(&path), error);
    let mut writer = FileWriter::new(sink, &store.layout).map_err(failed)?;
    let mut reader = FrameReader::new(&*store.storage);
    let forgotten: HashSet<&str> = file.forgotten.iter().map(String::as_str).collect();
    let mut written = 0;
    for (part, span) in &file.frames {
        let rows = reader.read(*part, span)?;
        for row in rows.iter().filter(|row| !forgotten.contains(row.session)) {
            let synced_at = Some(row.synced_at);
            writer
                .write(&Row {
                    session: row.session,
                    synced_at,
                    json: row.json,
                })
                .map_err(failed)?;
            written += 1;
        }
    }
    fault::point("publish:written");
    writer.finish().map_err(failed)?;
    Ok(written)
}

/// Removes the parts whose rows are all published.
pub(super) fn remove_parts(store: &Store, worker: WorkerId) -> Result<()> {
    let parts = store.ledger.removable_parts()?;
    for &part in &parts {
        store.storage.remove(&paths::part(part))?;
        fault::point("publish:part-removed");
    }
    if parts.is_empty() {
        Ok(())
    } else {
        store.ledger.parts_removed(worker, &parts)
    }
}

/// Removes what workers that are no longer live have left.
pub(super) fn clean_up(store: &Store) -> Result<()> {
    let names = store.storage.names(paths::PARTS)?;
    let parts: Vec<_> = names
        .iter()
        .filter_map(|name| PartName::parse(name))
        .collect();
    for part in store.ledger.orphans(&parts)? {
        store.storage.remove(&paths::part(part))?;
        fault::point("clean-up:orphan-removed");
    }
    // Listed before the workers: a file that appears later is a later worker's.
    let building = store.storage.names(paths::BUILDING)?;
    let locks = store.storage.names(paths::WORKERS)?;
    let live = store.ledger.live_workers()?;
    for name in building {
        let left = builder(&name).is_some_and(|id| live.iter().all(|live| live.id != id));
        if left {
            store
                .storage
                .remove(&relative_path(paths::BUILDING, &name))?;
        }
    }
    for name in locks {
        if live.iter().all(|live| live.lock_name != name)
            && let Some(lock) = store.storage.lock_existing(&paths::worker_lock(&name))?
        {
            lock.remove();
        }
    }
    Ok(())
}
