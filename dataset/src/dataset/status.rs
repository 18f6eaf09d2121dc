//! What a dataset contains, and what is wrong with it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::storage::Storage;
use super::store::Store;
use super::workers::{self, WorkerStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::file::DataFile;
use crate::ledger::totals::{Failure, Totals};

/// How many failures are listed.
const FAILURES: u32 = 100;

/// What a dataset contains, and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Sessions, events and files.
    pub totals: Totals,
    /// Sessions and contacts whose last read failed, at most 100.
    pub failures: Vec<Failure>,
    /// Processes that work on it.
    pub workers: Vec<WorkerStatus>,
    /// Requests that the workers which are alive sent in the last minute. Each counts its own, and says it with its
    /// signs of life, every few seconds. `None` until one has said so twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_last_minute: Option<u64>,
    /// Sessions that are left to read for the run that began last, of those that are known. `None` if no worker is
    /// alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_left: Option<u64>,
    /// About how long these take, in seconds, at the pace of the last minute. `None` while no session ended, and
    /// while contacts are still to be listed: they may have any number of sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
    /// Published files that are gone, relative to the dataset.
    pub missing_files: Vec<String>,
    /// Published files of another length than when they were published.
    pub changed_files: Vec<String>,
    /// Files that still hold sessions which were forgotten: the call was interrupted.
    pub files_to_replace: Vec<String>,
}

impl Status {
    /// Returns whether every published file is there, as it was published.
    ///
    /// ```
    /// use journey_events_dataset::{Dataset, LedgerOptions};
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path().join("journeys");
    /// # use journey_events_dataset::{Settings, format::Format};
    /// # Dataset::create(folder.as_path(), Settings::new(Format::Ndjson, "eu-central-1"), &LedgerOptions::default())?;
    /// let dataset = Dataset::open(folder.as_path(), &LedgerOptions::default())?;
    /// let status = dataset.status()?;
    /// if !status.is_complete() {
    ///     eprintln!("missing {:?}, changed {:?}", status.missing_files, status.changed_files);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing_files.is_empty() && self.changed_files.is_empty()
    }
}

pub(super) fn status(store: &Store) -> Result<Status> {
    let (workers, pace) = workers::workers(store)?;
    let mut status = Status {
        totals: store.ledger.totals()?,
        failures: store.ledger.failures(FAILURES)?,
        workers,
        requests_last_minute: pace.requests,
        sessions_left: pace.sessions_left,
        seconds_left: pace.seconds_left,
        missing_files: Vec::new(),
        changed_files: Vec::new(),
        files_to_replace: Vec::new(),
    };
    for file in store.ledger.files_to_replace()? {
        status.files_to_replace.push(file.file.relative_path());
    }
    let (missing, changed) = damaged(store)?;
    if missing.is_empty() && changed.is_empty() {
        return Ok(status);
    }
    // Another process may be replacing a file: what is wrong both times is.
    let (still_missing, still_changed) = damaged(store)?;
    status.missing_files = still_missing;
    status.missing_files.retain(|file| missing.contains(file));
    status.changed_files = still_changed;
    let is_replaced = |file: &String| status.files_to_replace.contains(file);
    let changed: HashSet<_> = changed
        .into_iter()
        .filter(|file| !is_replaced(file))
        .collect();
    status.changed_files.retain(|file| changed.contains(file));
    Ok(status)
}

/// Published files that are missing, and those of another length.
fn damaged(store: &Store) -> Result<(Vec<String>, Vec<String>)> {
    // Read first: a file that another worker publishes now is in the folder by then.
    let published = store.ledger.data_files()?;
    let lengths = lengths(&*store.storage)?;
    let (mut missing, mut changed) = (Vec::new(), Vec::new());
    for file in published {
        let path = file.relative_path();
        match (lengths.get(&path), file.published) {
            (None, Some(_)) => missing.push(path),
            (Some(length), Some((_, bytes))) if *length != bytes => changed.push(path),
            _ => {}
        }
    }
    Ok((missing, changed))
}

/// Refuses data files that the ledger doesn't know: they would be counted twice, or a ledger was restored.
pub(super) fn refuse_unknown_files(store: &Store) -> Result<()> {
    // Listed first: a file that another worker publishes now is in the ledger by then.
    let found = lengths(&*store.storage)?;
    let known: Vec<_> = store
        .ledger
        .data_files()?
        .iter()
        .map(DataFile::relative_path)
        .collect();
    let known: HashSet<_> = known.iter().collect();
    let mut unknown: Vec<_> = found.keys().filter(|path| !known.contains(path)).collect();
    unknown.sort_unstable();
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let message = format!(
        "`{}` contains data files that its ledger doesn't know: `{first}`{}; next: move them elsewhere, or \
         restore the ledger that belongs to them",
        store.storage.shown(""),
        match unknown.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        },
    );
    Err(Error::new(ErrorKind::UnknownFiles, message))
}

/// Refuses a folder or prefix with data files for a new dataset.
pub(super) fn refuse_data_files(storage: &dyn Storage) -> Result<()> {
    let found = lengths(storage)?;
    let Some(first) = found.keys().min() else {
        return Ok(());
    };
    let message = format!(
        "`{}` contains data files already, `{first}` among them; next: name an empty folder or prefix, or move them \
         elsewhere",
        storage.shown("")
    );
    Err(Error::new(ErrorKind::UnknownFiles, message))
}

/// The data files in the folder or prefix and below, each with its length.
fn lengths(storage: &dyn Storage) -> Result<HashMap<String, u64>> {
    let extensions = ["parquet", "csv", "ndjson"];
    storage.files(&|name| {
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        extensions
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
    })
}
