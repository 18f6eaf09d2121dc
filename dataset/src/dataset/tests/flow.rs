//! The path of an event: claimed, committed, sealed, published.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::*;
use crate::fault;
use crate::ledger::file::{SealRequest, SealScope};

fn an_event_gets_from_a_claim_into_a_published_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    let claims = run.claim(10, hours(0)).unwrap();
    assert_eq!(claims.len(), 2);
    for claim in &claims {
        let events = vec![
            event(&run, &claim.id, "e-1", hours(-1)),
            event(&run, &claim.id, "e-2", hours(0)),
        ];
        let outcome = run
            .commit(&[batch(claim, events, Progress::UpToDate)], hours(0))
            .unwrap();
        assert_eq!((outcome.events, outcome.settled), (2, 0));
    }
    assert!(
        rows(folder.path()).is_empty(),
        "nothing shows before it is published"
    );
    assert_eq!(run.seal(SealScope::FullFiles).unwrap(), 0);
    assert_eq!(run.seal(SealScope::Everything).unwrap(), 1);
    let published = run.publish().unwrap();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].rows, 4);
    assert_eq!(rows(folder.path()).len(), 4);
    assert_eq!(
        fs::read_dir(folder.path().join("_journey-events/parts"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(
        fs::read_dir(folder.path().join("_journey-events/building"))
            .unwrap()
            .count(),
        0
    );
    let counts = run.counts().unwrap();
    assert_eq!(counts, crate::Counts::default());
    run.end().unwrap();
    let status = open(folder.path()).status().unwrap();
    assert!(status.is_complete());
    assert_eq!(
        (status.totals.rows, status.totals.events, status.totals.open),
        (4, 4, 2)
    );
    assert!(status.workers.is_empty());
}

/// Commits one event of each date for each session.
fn commit_dates(run: &Run, session: &str, dates: &[&str]) {
    run.add_sessions(&[listed(session)], None).unwrap();
    for claim in claims(run, hours(0)) {
        let events = dates.iter().enumerate().map(|(n, date)| {
            let mut event = event(run, &claim.id, &format!("e-{n}"), hours(0));
            event.created = date.parse().ok();
            event
        });
        run.commit(
            &[batch(&claim, events.collect(), Progress::UpToDate)],
            hours(0),
        )
        .unwrap();
    }
}

fn each_day_has_its_folder_and_each_folder_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(Format::Ndjson, Compression::None);
    let dataset = create_with(folder.path(), settings);
    let run = dataset.begin_run().unwrap();
    for session in ["s-1", "s-2"] {
        commit_dates(
            &run,
            session,
            &[
                "2026-01-31T23:59:59Z",
                "2026-02-01T00:00:00Z",
                "2033-01-01T00:00:00Z",
                "",
            ],
        );
    }
    run.seal(SealScope::Everything).unwrap();
    let mut published: Vec<_> = run
        .publish()
        .unwrap()
        .into_iter()
        .map(|file| (file.path.split_once('/').unwrap().0.to_owned(), file.rows))
        .collect();
    published.sort_unstable();
    let expected = [
        ("date=2026-01-31", 2),
        ("date=2026-02-01", 2),
        ("date=__HIVE_DEFAULT_PARTITION__", 4),
    ];
    assert_eq!(
        published,
        expected.map(|(folder, rows)| (folder.to_owned(), rows))
    );
    assert_eq!(rows(folder.path()).len(), 8);
}

fn a_seal_fills_files_and_leaves_the_rest_for_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    for session in 0..5 {
        commit_dates(&run, &format!("s-{session}"), &[""]);
    }
    let weight = run.counts().unwrap().unsealed_bytes / 5;
    let seal = |scope| {
        let request = SealRequest {
            worker: run.worker(),
            run: run.stamp(),
            scope,
            file_weight: weight * 2,
            unique: format!("{scope:?}"),
            extension: ".ndjson".to_owned(),
            at: hours(0),
        };
        run.store.ledger.seal(&request).unwrap().len()
    };
    assert_eq!(seal(SealScope::FullFiles), 2);
    assert_eq!(run.counts().unwrap().unsealed, 1);
    assert_eq!(seal(SealScope::FullFiles), 0);
    assert_eq!(seal(SealScope::Everything), 1);
    let rows_of: Vec<_> = run
        .publish()
        .unwrap()
        .iter()
        .map(|file| file.rows)
        .collect();
    assert_eq!(rows_of, [2, 2, 1]);
}

fn each_format_is_published_under_its_extension_and_can_be_read() {
    for (format, compression, extension) in [
        (Format::Ndjson, Compression::Zstd, ".ndjson.zst"),
        (Format::Csv, Compression::Gzip, ".csv.gz"),
        (Format::Parquet, Compression::Zstd, ".parquet"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(format, compression);
        let layout = settings.layout().unwrap();
        let dataset = create_with(folder.path(), settings);
        let run = dataset.begin_run().unwrap();
        commit_dates(&run, "s-1", &["2026-01-31T23:59:59Z"; 3]);
        run.seal(SealScope::Everything).unwrap();
        let published = run.publish().unwrap().remove(0);
        assert!(published.path.ends_with(extension), "{}", published.path);
        let file = fs::File::open(folder.path().join(published.path)).unwrap();
        let mut sessions = Vec::new();
        crate::format::copy_rows(
            crate::format::Source::File(file),
            std::io::sink(),
            &layout,
            |row| {
                sessions.extend(row.session.map(str::to_owned));
                true
            },
        )
        .unwrap();
        assert_eq!(sessions, ["s-1"; 3]);
    }
}

/// The worker publishes regularly, and at the end: the files of a dead worker may be left for both.
fn two_threads_of_a_run_publish_each_file_once_and_never_a_part_of_it() {
    const LONG: Duration = Duration::from_millis(300);
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path());
    let run = Arc::new(dataset.begin_run().unwrap());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = run.claim(1, hours(0)).unwrap().remove(0);
    let event = event(&run, "s-1", "e-1", hours(-1));
    run.commit(&[batch(&claim, vec![event], Progress::UpToDate)], hours(0))
        .unwrap();
    run.seal(SealScope::Everything).unwrap();
    // The second thread starts once the first has built the file, which waits for it to write its own.
    let (written, second_wrote) = mpsc::channel();
    let second = Arc::new(Mutex::new(None));
    let of_first = {
        let (run, second) = (Arc::clone(&run), Arc::clone(&second));
        move |point: &'static str| {
            if point == "publish:built" {
                let (run, written) = (Arc::clone(&run), written.clone());
                *second.lock().unwrap() = Some(thread::spawn(move || {
                    let hook = move |point: &'static str| {
                        if point == "publish:written" {
                            written.send(()).unwrap();
                            thread::park_timeout(LONG);
                        }
                    };
                    fault::with_hook(hook, || run.publish())
                }));
                let _ = second_wrote.recv_timeout(LONG);
            }
        }
    };
    let first = fault::with_hook(of_first, || run.publish()).unwrap();
    let second = second.lock().unwrap().take().unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(second.join().unwrap().unwrap(), []);
    assert!(dataset.status().unwrap().is_complete());
    assert_eq!(rows(folder.path()).len(), 1);
}

on_each_ledger!(
    an_event_gets_from_a_claim_into_a_published_file,
    each_day_has_its_folder_and_each_folder_its_files,
    a_seal_fills_files_and_leaves_the_rest_for_the_end,
    each_format_is_published_under_its_extension_and_can_be_read,
    two_threads_of_a_run_publish_each_file_once_and_never_a_part_of_it,
);
