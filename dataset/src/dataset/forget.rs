//! Sessions whose events are removed, and that are never requested again.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use super::disk::{self, LockedFile};
use super::publish::{self, Whose};
use super::run::Run;
use super::store::Store;
use crate::clock::Stopwatch;
use crate::error::{Error, ErrorKind, Result};
use crate::fault;
use crate::format::{RowKey, copy_rows};
use crate::ledger::digest::Digest;
use crate::ledger::file::{FileToReplace, Replaced, SealScope};
use crate::ledger::session::Forget;

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Ids of the sessions, of this call. Those of interrupted calls are forgotten with them.
    pub sessions: Vec<String>,
    /// Files that were replaced, relative to the dataset.
    pub files: Vec<String>,
    /// Rows that were removed from them.
    pub rows: u64,
}

/// Forgets sessions. An interrupted call is completed by the next one.
///
/// Other processes may work on the dataset: what they have of the sessions is refused from the ledger's
/// transaction on. What was committed before is published first, so that it is in files that the ledger
/// knows, and each of these is replaced.
pub(super) fn forget(run: &Run, which: &Forget) -> Result<Forgotten> {
    let store = &run.store;
    // A process that is stopped here keeps the lock: no older replacement can follow a newer one.
    let Some(_lock) = LockedFile::lock(&store.paths.forget_lock())? else {
        let path = store.paths.forget_lock();
        let message = format!(
            "another process is forgetting sessions: it has locked `{}`; next: run it again when that \
             process has ended",
            path.display()
        );
        return Err(Error::new(ErrorKind::Busy, message));
    };
    let sessions = store.ledger.forget(run.worker(), which)?;
    fault::point("forget:recorded");
    run.seal(SealScope::Everything)?;
    // A damaged part must not keep what can be removed.
    let published = publish::publish(store, run.worker(), Whose::Everyones);
    let mut forgotten = Forgotten {
        sessions,
        ..Forgotten::default()
    };
    for file in store.ledger.files_to_replace()? {
        run.heartbeat()?;
        forgotten.rows += replace(run, &file)?;
        forgotten.files.push(file.file.relative_path());
    }
    published.map(|_| forgotten)
}

/// Replaces a file, under its name: a stopped process that is about to link it must find it there.
fn replace(run: &Run, file: &FileToReplace) -> Result<u64> {
    let store = &run.store;
    let path = store.paths.root().join(file.file.relative_path());
    let (rows, bytes) = file.file.published.unwrap_or_default();
    let mut replaced = Replaced {
        file: file.file.file,
        rows,
        bytes,
        sessions: file
            .sessions
            .iter()
            .map(|session| session.id.clone())
            .collect(),
    };
    // A file that someone removed holds no session; `status` reports it.
    if path.exists() {
        let building = store.paths.building_file(&file.file.name, run.worker());
        disk::remove(&building)?;
        let put = copy(run, file, &path, &building).and_then(|kept| {
            fault::point("forget:built");
            let bytes = building.metadata().and_then(|file| {
                fs::rename(&building, &path)?;
                Ok(file.len())
            });
            Ok((
                kept,
                bytes.map_err(|error| Error::disk("replace", &path, error))?,
            ))
        });
        (replaced.rows, replaced.bytes) = put.inspect_err(|_| disk::discard(&building))?;
        fault::point("forget:replaced");
        disk::sync_folder(&store.paths.partition(&file.file.partition))?;
    }
    store.ledger.mark_replaced(run.worker(), &replaced)?;
    fault::point("forget:marked");
    Ok(rows.saturating_sub(replaced.rows))
}

/// Copies the rows of other sessions. Returns how many.
fn copy(run: &Run, file: &FileToReplace, from: &Path, to: &Path) -> Result<u64> {
    let failed = |error| Error::disk("copy to", to, error);
    let source = File::open(from).map_err(|error| Error::disk("read", from, error))?;
    let filter = Filter::new(&run.store, file);
    let (mut last_sign, mut dead) = (Stopwatch::start(), None);
    let sink = BufWriter::with_capacity(1 << 17, disk::create_file(to)?);
    let (sink, kept) = copy_rows(source, sink, &run.store.layout, |row| {
        if last_sign.elapsed().as_secs() >= 5 {
            last_sign = Stopwatch::start();
            dead = run.heartbeat().err();
        }
        !filter.is_forgotten(row)
    })
    .map_err(failed)?;
    if let Some(dead) = dead {
        return Err(dead);
    }
    let file: File = sink
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(kept)
}

/// Which rows are removed.
struct Filter<'a> {
    store: &'a Store,
    file: &'a FileToReplace,
    digests: HashSet<Digest>,
}

impl<'a> Filter<'a> {
    fn new(store: &'a Store, file: &'a FileToReplace) -> Self {
        let digests = file
            .sessions
            .iter()
            .flat_map(|session| session.digests.iter().copied());
        Self {
            store,
            file,
            digests: digests.collect(),
        }
    }

    /// An event may name no session, or one that it wasn't read from: then its digest decides.
    fn is_forgotten(&self, row: &RowKey<'_>) -> bool {
        let mut forgotten = self.file.sessions.iter();
        if let Some(id) = row.session {
            if forgotten
                .clone()
                .any(|session| session.id.eq_ignore_ascii_case(id))
            {
                return true;
            }
            if self.file.others.contains(id) || self.file.others.contains(&id.to_lowercase()) {
                return false;
            }
        }
        let digest = |id: &str, event: &str| self.store.digest_key.digest(id, event);
        row.event.is_some_and(|event| {
            forgotten.any(|session| self.digests.contains(&digest(&session.id, event)))
        })
    }
}
