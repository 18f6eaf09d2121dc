//! Sessions whose events are removed, and that are never requested again.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use super::lease::heartbeat_interval;
use super::paths::{self, FORGET_LOCK};
use super::publish::{self, Whose};
use super::run::Run;
use super::storage::{Copied, NewFile, Replacement};
use super::store::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::fault;
use crate::format::{RowKey, Source, copy_rows};
use crate::ledger::digest::Digest;
use crate::ledger::file::{FileToReplace, Replaced, SealScope};
use crate::ledger::session::Forget;

/// How often a file is replaced that other processes replace meanwhile.
const ATTEMPTS: u32 = 10;

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
    // In a bucket, a put of a version that is no longer there fails instead.
    let Some(_lock) = store.storage.lock(FORGET_LOCK)? else {
        let message = format!(
            "another process is forgetting sessions: it has locked `{}`; next: run it again when that \
             process has ended",
            store.storage.shown(FORGET_LOCK)
        );
        return Err(Error::new(ErrorKind::Busy, message));
    };
    let sessions = store.ledger.forget(run.worker(), which)?;
    fault::point("forget:recorded");
    let published = while_alive(run, || {
        run.seal(SealScope::Everything)?;
        // A damaged part must not keep what can be removed.
        Ok(publish::publish(store, run.worker(), Whose::Everyones))
    })?;
    let mut forgotten = Forgotten {
        sessions,
        ..Forgotten::default()
    };
    for file in store.ledger.files_to_replace()? {
        run.heartbeat()?;
        forgotten.files.push(file.file.relative_path());
        forgotten.rows += replace(run, file)?;
    }
    published.map(|_| forgotten)
}

/// Replaces a file. Starts over if another process has replaced it meanwhile. Returns the rows removed.
fn replace(run: &Run, mut file: FileToReplace) -> Result<u64> {
    let ledger = &run.store.ledger;
    for _ in 0..ATTEMPTS {
        if let Some(replaced) = put_copy(run, &file)? {
            let is_marked = ledger.mark_replaced(run.worker(), &replaced)?;
            fault::point("forget:marked");
            if is_marked {
                return Ok(replaced.before.0.saturating_sub(replaced.rows));
            }
        }
        let mut left = ledger.files_to_replace()?.into_iter();
        match left.find(|other| other.file.file == file.file.file) {
            Some(other) => file = other,
            // The other process has removed these sessions too.
            None => return Ok(0),
        }
    }
    let message = format!(
        "other processes keep replacing `{}`; next: run it again when they have ended",
        run.store.storage.shown(&file.file.relative_path())
    );
    Err(Error::new(ErrorKind::Busy, message))
}

/// Puts a copy of a file in its place, without the forgotten sessions; `None` if it changed meanwhile.
fn put_copy(run: &Run, file: &FileToReplace) -> Result<Option<Replaced>> {
    let storage = &run.store.storage;
    let before = file.file.published.unwrap_or_default();
    let new = NewFile {
        key: file.file.relative_path(),
        building: paths::building_file(&file.file.name, run.worker()),
    };
    let replacement = while_alive(run, || {
        storage.replace(&new, &mut |source, sink| copy(run, file, source, sink))
    })?;
    let (rows, bytes) = match replacement {
        Replacement::Done { rows, bytes } => (rows, bytes),
        Replacement::Changed => return Ok(None),
        // A file that someone removed holds no session; `status` reports it.
        Replacement::Missing => before,
    };
    let sessions = file.sessions.iter().map(|session| session.id.clone());
    Ok(Some(Replaced {
        file: file.file.file,
        before,
        rows,
        bytes,
        sessions: sessions.collect(),
    }))
}

/// Shows that this worker is alive while `work` takes its time.
fn while_alive<T>(run: &Run, work: impl FnOnce() -> T) -> T {
    let (working, ended) = mpsc::channel::<()>();
    thread::scope(|threads| {
        threads.spawn(move || {
            // Ends with `working`. What a heartbeat fails with is found by the next call of this worker.
            while ended.recv_timeout(heartbeat_interval()) == Err(RecvTimeoutError::Timeout) {
                let _ = run.heartbeat();
            }
        });
        let done = work();
        drop(working);
        done
    })
}

/// Copies the rows of other sessions.
fn copy(
    run: &Run,
    file: &FileToReplace,
    source: Source,
    sink: &mut (dyn Write + Send),
) -> Result<Copied> {
    let filter = Filter::new(&run.store, file);
    let mut removed = 0;
    let (_, kept) = copy_rows(source, sink, &run.store.layout, |row| {
        let is_forgotten = filter.is_forgotten(row);
        removed += u64::from(is_forgotten);
        !is_forgotten
    })
    .map_err(|error| {
        let path = run.store.storage.shown(&file.file.relative_path());
        Error::disk("copy", Path::new(&path), error)
    })?;
    // A worker that was declared dead meanwhile must not replace anything.
    run.heartbeat()?;
    Ok(Copied { kept, removed })
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
