//! What is on the disk: identity, missing and foreign files, damage, permissions.

use super::*;
use crate::ErrorKind;
use crate::fault;
use crate::ledger::file::SealScope;

fn kind(opened: crate::Result<Dataset>) -> ErrorKind {
    opened.unwrap_err().kind()
}

fn try_open(root: &Path) -> crate::Result<Dataset> {
    Dataset::open(root, &ledger(root))
}

/// A dataset with one published file.
fn with_a_file(root: &Path) -> std::path::PathBuf {
    let run = create(root).begin_run().unwrap();
    run.add_sessions(&[listed("s-1")], None).unwrap();
    commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0));
    run.seal(SealScope::Everything).unwrap();
    let published = run.publish().unwrap().remove(0);
    run.end().unwrap();
    root.join(published.path)
}

#[test]
fn a_missing_dataset_is_an_error_and_so_is_a_second_creation() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/data");
    assert_eq!(kind(try_open(&root)), ErrorKind::NoDataset);
    assert!(!root.exists());
    let created = create(&root);
    let again = || Dataset::create(&root, created.settings().clone(), &LedgerOptions::default());
    assert_eq!(kind(again()), ErrorKind::DatasetExists);
    assert_eq!(open(&root).id(), created.id());
}

#[test]
fn a_creation_killed_between_two_steps_is_completed_by_the_next() {
    for point in ["create:identity-pending", "create:ledger-made"] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let kill = move |name: &'static str| {
            if name == point {
                std::panic::resume_unwind(Box::new(()));
            }
        };
        std::panic::catch_unwind(|| fault::with_hook(kill, || create(root))).unwrap_err();
        let error = try_open(root).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoDataset);
        assert!(error.to_string().contains("--create"), "{error}");
        let created = create(root);
        assert_eq!(open(root).id(), created.id());
    }
}

#[test]
fn a_ledger_that_is_missing_foreign_damaged_or_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    drop((create(&one), create(&other)));
    let ledger = one.join("_journey-events/ledger.db");
    let good = fs::read(&ledger).unwrap();
    fs::remove_file(&ledger).unwrap();
    assert_eq!(kind(try_open(&one)), ErrorKind::LedgerMissing);
    let elsewhere = LedgerOptions {
        location: LedgerLocation::File(other.join("_journey-events/ledger.db")),
        ..Default::default()
    };
    assert_eq!(
        kind(Dataset::open(&one, &elsewhere)),
        ErrorKind::LedgerForeign
    );
    for (bytes, expected) in [
        (b"not a database, but longer than a header of one would be, which is a hundred bytes long, or more".to_vec(), ErrorKind::Damaged),
        (Vec::new(), ErrorKind::LedgerForeign),
        (good.clone(), ErrorKind::Ledger),
    ] {
        fs::write(&ledger, &bytes).unwrap();
        if expected == ErrorKind::Ledger {
            open(&one);
        } else {
            let error = try_open(&one).unwrap_err();
            assert_eq!(error.kind(), expected, "{error}");
            assert!(error.to_string().contains("ledger.db"));
        }
    }
    let sql = rusqlite::Connection::open(&ledger).unwrap();
    sql.pragma_update(None, "user_version", 7).unwrap();
    let error = try_open(&one).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LedgerVersion);
    assert!(error.to_string().contains("version 7") && error.to_string().contains("version 2"));
    sql.pragma_update(None, "application_id", 1).unwrap();
    assert_eq!(kind(try_open(&one)), ErrorKind::LedgerForeign);
}

#[test]
fn a_ledger_elsewhere_is_needed_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("data");
    let ledger = LedgerOptions {
        location: LedgerLocation::File(folder.path().join("local.db")),
        ..Default::default()
    };
    let id = Dataset::create(&root, settings(Format::Csv, Compression::None), &ledger).unwrap();
    assert_eq!(Dataset::open(&root, &ledger).unwrap().id(), id.id());
    assert_eq!(kind(try_open(&root)), ErrorKind::LedgerMissing);
}

fn data_files_that_the_ledger_does_not_know_are_refused() {
    for name in [
        "x.parquet",
        "date=2026-01-01/x.csv.gz",
        "x.ndjson.zst",
        "sub/x.ndjson",
    ] {
        let folder = tempfile::tempdir().unwrap();
        with_a_file(folder.path());
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        let error = try_open(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownFiles);
        assert!(error.to_string().contains(name), "{error}");
    }
}

fn files_moved_or_changed_by_someone_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = with_a_file(folder.path());
    let name = file.file_name().unwrap().to_str().unwrap();
    fs::write(&file, "").unwrap();
    let status = open(folder.path()).status().unwrap();
    assert_eq!(
        (status.is_complete(), status.changed_files),
        (false, vec![name.to_owned()])
    );
    fs::remove_file(&file).unwrap();
    let status = open(folder.path()).status().unwrap();
    assert_eq!(
        (status.is_complete(), status.missing_files),
        (false, vec![name.to_owned()])
    );
}

fn a_damaged_part_is_an_error_that_names_it_and_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&[listed("s-1")], None).unwrap();
    commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0));
    let part = files(&folder.path().join("_journey-events/parts")).remove(0);
    let good = fs::read(&part).unwrap();
    let flipped = (0..good.len()).map(|at| {
        let mut bad = good.clone();
        bad[at] ^= 1;
        bad
    });
    let cut = [good[..good.len() - 1].to_vec(), Vec::new()];
    run.seal(SealScope::Everything).unwrap();
    for bytes in flipped.chain(cut) {
        fs::write(&part, bytes).unwrap();
        let error = run.publish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(error.to_string().contains(&part), "{error}");
        assert!(files(&folder.path().join("_journey-events/building")).is_empty());
        assert!(rows(folder.path()).is_empty());
    }
    fs::write(&part, good).unwrap();
    assert_eq!(run.publish().unwrap().len(), 1);
    assert_eq!(rows(folder.path()).len(), 1);
}

#[cfg(unix)]
#[test]
fn attack_13_only_the_owner_can_read_a_dataset() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("data");
    let _file = with_a_file(&root);
    let run = open(&root).begin_run().unwrap();
    run.add_sessions(&[listed("s-2")], None).unwrap();
    for file in files(&root) {
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{file}"
        );
    }
    for folder in ["", "_journey-events", "_journey-events/parts"] {
        let mode = fs::metadata(root.join(folder))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

fn nothing_beside_the_data_ends_as_data_does() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let run = create(&root).begin_run().unwrap();
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let check = move |_: &'static str| {
        for file in files(&root.join("_journey-events")) {
            assert!(
                !["parquet", "csv", "ndjson", "zst", "gz"]
                    .iter()
                    .any(|end| file.ends_with(end))
            );
        }
    };
    fault::with_hook(check, || {
        commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0));
        run.seal(SealScope::Everything).unwrap();
        run.publish().unwrap();
    });
}

fn columns_that_are_new_are_appended_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut old = settings(Format::Csv, Compression::None);
    let all = old.columns.clone();
    old.columns = vec!["event_id".to_owned(), "session_id".to_owned()];
    let dataset = create_with(folder.path(), old);
    let added = dataset.upgrade_columns().unwrap();
    assert_eq!(added.len(), all.len() - 2);
    let columns = open(folder.path()).settings().columns.clone();
    assert_eq!(columns[..2], ["event_id", "session_id"]);
    assert_eq!(columns.len(), all.len());
    assert!(open(folder.path()).upgrade_columns().unwrap().is_empty());
}

/// An error of the disk in each step: nothing is lost or left over, and the next run continues.
fn a_folder_that_cannot_be_written_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("_journey-events");
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = claims(&run, hours(0)).remove(0);
    let events = vec![event(&run, "s-1", "e-1", hours(0))];
    let batches = [batch(&claim, events, Progress::UpToDate)];
    let without = |name: &str, step: &dyn Fn() -> crate::Error| {
        fs::rename(state.join(name), state.join("away")).unwrap();
        let error = step();
        fs::rename(state.join("away"), state.join(name)).unwrap();
        assert!(
            error
                .to_string()
                .contains(&format!("_journey-events/{name}")),
            "{error}"
        );
    };
    without("parts", &|| run.commit(&batches, hours(0)).unwrap_err());
    assert!(files(&state.join("parts")).is_empty());
    assert_eq!(run.counts().unwrap().unsealed, 0);
    lose(folder.path(), &claim);
    commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0));
    run.seal(SealScope::Everything).unwrap();
    without("building", &|| run.publish().unwrap_err());
    assert_eq!(run.publish().unwrap().len(), 1);
    assert_eq!(rows(folder.path()).len(), 1);
}

/// `mount -t tmpfs -o size=8m none DIR; SMALL_DISK=DIR cargo test -p journey-events-dataset -- --ignored full`
#[test]
#[ignore = "needs a file system of 8 MB: SMALL_DISK"]
fn a_full_disk_costs_nothing() {
    let root = std::path::PathBuf::from(std::env::var_os("SMALL_DISK").unwrap()).join("data");
    let ballast = root.with_file_name("ballast");
    let dataset = create(&root);
    let mut expected = 0;
    let mut failures = Vec::new();
    for n in 0..40 {
        let full = n % 2 == 0;
        let step = || -> crate::Result<u64> {
            let run = dataset.begin_run()?;
            let id = format!("s-{expected}");
            run.add_sessions(&[listed(&id)], None)?;
            let mut events = 0;
            for claim in run.claim(10, hours(0))? {
                let event = event(
                    &run,
                    &claim.id,
                    &format!("{}-{}", claim.id, run.worker()),
                    hours(0),
                );
                events += run
                    .commit(&[batch(&claim, vec![event], Progress::UpToDate)], hours(0))?
                    .events;
            }
            run.seal(SealScope::Everything)?;
            run.publish()?;
            run.end()?;
            Ok(events)
        };
        if full {
            // Less and less space, so that each step is the one that finds none.
            fill(&ballast, (20 - n / 2) * 4_096);
            if let Err(error) = step() {
                assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
                failures.extend(error.to_string().split('`').nth(1).map(str::to_owned));
            }
            fs::remove_file(&ballast).unwrap();
        }
        step().unwrap();
        expected = dataset.status().unwrap().totals.events;
        let rows = rows(&root);
        assert_eq!(rows.len() as u64, expected);
        let distinct: std::collections::HashSet<_> = rows.iter().collect();
        assert_eq!(distinct.len(), rows.len());
        assert!(files(&root.join("_journey-events/parts")).is_empty());
        assert!(files(&root.join("_journey-events/building")).is_empty());
    }
    eprintln!("no space for {failures:#?}");
    assert!(failures.len() >= 5);
}

/// Fills the disk but for so many bytes.
fn fill(ballast: &Path, left: u64) {
    use std::io::Write as _;
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[0; 4_096]).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(left)).unwrap();
}

#[test]
fn a_lock_that_is_waited_for_over_5_s_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path());
    let (report, reports) = std::sync::mpsc::channel();
    let options = LedgerOptions {
        on_delay: Some(Arc::new(move |delay| report.send(delay).unwrap())),
        ..LedgerOptions::default()
    };
    let dataset = Dataset::open(folder.path(), &options).unwrap();
    let ledger = folder.path().join("_journey-events/ledger.db");
    let other = rusqlite::Connection::open(ledger).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = std::thread::spawn(move || dataset.begin_run().map(drop));
    let seen = reports.recv().unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    waiting.join().unwrap().unwrap();
    assert!(matches!(seen, crate::Delay::WaitingForLock(time) if time.as_secs() >= 5));
}

on_each_ledger!(
    data_files_that_the_ledger_does_not_know_are_refused,
    files_moved_or_changed_by_someone_are_reported,
    a_damaged_part_is_an_error_that_names_it_and_costs_nothing_else,
    nothing_beside_the_data_ends_as_data_does,
    columns_that_are_new_are_appended_on_request,
    a_folder_that_cannot_be_written_costs_nothing,
);
