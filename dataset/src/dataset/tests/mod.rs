//! A dataset's folder and ledger, on a real disk; its bucket, in memory and on servers.

mod away;
mod bucket;
mod disk;
mod flow;
mod forget;
mod interleaving;
mod ledgers;
mod places;
mod postgres;
mod proxy;
mod sessions;
mod unreliable;
mod workers;
mod wrapped;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use ledgers::{ledger, on_each_ledger};

use super::*;
use crate::format::{Compression, Format};
use crate::ledger::session::{Claim, Listed, Progress};

/// A dataset in a temporary folder, of NDJSON without compression or partitions.
fn create(root: &Path) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, "mypurecloud.ie");
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    create_with(root, settings)
}

/// A dataset of these settings, with a ledger of the kind that the test runs on.
fn create_with(root: &Path, settings: Settings) -> Dataset {
    Dataset::create(root, settings, &ledger(root)).unwrap()
}

fn settings(format: Format, compression: Compression) -> Settings {
    let mut settings = Settings::new(format, "mypurecloud.ie");
    settings.compression = compression;
    settings
}

fn open(root: &Path) -> Dataset {
    Dataset::open(root, &ledger(root)).unwrap()
}

/// The service's date, so many hours after an arbitrary one.
fn hours(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(hours * 3600)
}

fn listed(id: &str) -> Listed {
    Listed {
        id: id.to_owned(),
        ..Listed::default()
    }
}

fn event(run: &Run, session: &str, name: &str, created: Timestamp) -> EventRow {
    EventRow {
        json: format!(r#"{{"id":"{name}","session":{{"id":"{session}"}}}}"#),
        created: Some(created),
        digest: run.digest(session, name),
        synced_at: hours(0),
    }
}

fn batch(claim: &Claim, events: Vec<EventRow>, progress: Progress) -> SessionBatch {
    SessionBatch {
        session: claim.session,
        id: Arc::from(claim.id.as_str()),
        epoch: claim.epoch,
        events,
        malformed: 0,
        checkpoint: Some("{}".to_owned()),
        progress,
    }
}

/// Takes a claim away, as another process does that declares its worker dead.
fn lose(root: &Path, claim: &Claim) {
    let session = claim.session.0;
    if ledgers::is_postgres(root) {
        ledgers::postgres_sql(&format!(
            "UPDATE sessions SET worker = NULL, epoch = NULL, read_stamp = 0 WHERE id = {session}"
        ));
        return;
    }
    let ledger = rusqlite::Connection::open(root.join("_journey-events/ledger.db")).unwrap();
    let sql = format!(
        "DELETE FROM claims WHERE session = {session};
         UPDATE sessions SET read_stamp = 0 WHERE id = {session}"
    );
    ledger.execute_batch(&sql).unwrap();
}

/// All rows that `DATASET/**/*.ndjson` shows, sorted.
fn rows(root: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rows.extend(self::rows(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            rows.extend(
                fs::read_to_string(&path)
                    .unwrap()
                    .lines()
                    .map(str::to_owned),
            );
        }
    }
    rows.sort_unstable();
    rows
}

/// Commits events of a claim and the end of its read.
fn commit(run: &Run, claim: &Claim, names: &[&str], at: Timestamp) -> CommitOutcome {
    let events = names
        .iter()
        .map(|name| event(run, &claim.id, name, at))
        .collect();
    run.commit(&[batch(claim, events, Progress::UpToDate)], at)
        .unwrap()
}

/// Claims all that is due, by id.
fn claims(run: &Run, at: Timestamp) -> Vec<Claim> {
    let mut claims = run.claim(1_000, at).unwrap();
    claims.sort_by(|one, other| one.id.cmp(&other.id));
    claims
}

fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort_unstable();
    files
}
