//! The protocol on buckets: in memory, on an S3 server and on Azurite.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::places::World;
use super::*;
use crate::ErrorKind;
use crate::dataset::paths;
use crate::fault;
use crate::ledger::file::SealScope;
use crate::ledger::session::{Forget, Reread};

const SESSIONS: [&str; 3] = ["s-1", "s-2", "s-3"];

/// Runs `work`, and `once` the first time that it gets to a point.
fn at_point<T>(point: &'static str, once: impl FnOnce() + 'static, work: impl FnOnce() -> T) -> T {
    let once = Cell::new(Some(once));
    let hook = move |name: &'static str| {
        if name == point
            && let Some(once) = once.take()
        {
            once();
        }
    };
    fault::with_hook(hook, work)
}

/// Runs `work`, killed at a point.
fn killed_at(point: &'static str, work: impl FnOnce()) {
    let kill = || resume_unwind(Box::new(()));
    let killed = || at_point(point, kill, work);
    catch_unwind(AssertUnwindSafe(killed)).unwrap_err();
}

/// Commits an event of each session that lacks it.
fn commit_all(run: &Run, event: &str) {
    run.add_sessions(&SESSIONS.map(listed), None).unwrap();
    for claim in claims(run, hours(0)) {
        let is_known = claim.known.contains(&run.digest(&claim.id, event));
        let events: &[&str] = if is_known { &[] } else { &[event] };
        commit(run, &claim, events, hours(0));
    }
}

fn publish_all(run: &Run) -> Vec<PublishedFile> {
    run.seal(SealScope::Everything).unwrap();
    run.publish().unwrap()
}

fn sessions(rows: &[String]) -> Vec<&str> {
    let session = |row: &String| SESSIONS.iter().find(|id| row.contains(**id)).copied();
    rows.iter().map(|row| session(row).unwrap()).collect()
}

fn forget(world: &World, session: &str) -> crate::Forgotten {
    let which = Forget::Sessions(vec![session.to_owned()]);
    world.open().forget(&which).unwrap()
}

#[test]
fn an_event_gets_from_a_claim_into_an_object() {
    for world in World::all() {
        let dataset = world.create();
        let run = dataset.begin_run().unwrap();
        commit_all(&run, "e-1");
        assert!(world.files().is_empty());
        assert_eq!(world.parts().len(), 3);
        let published = publish_all(&run);
        assert_eq!(world.files(), [published[0].path.clone()]);
        assert_eq!(
            published[0].bytes,
            world.read(&published[0].path).len() as u64
        );
        assert!(world.parts().is_empty());
        run.end().unwrap();
        dataset.keep_last_run(b"one").unwrap();
        dataset.keep_last_run(b"two").unwrap();
        assert_eq!(world.read(paths::LAST_RUN), b"two");
        assert_eq!(world.state(), ["dataset.json", "last-run.json"]);
        let status = world.open().status().unwrap();
        assert!(status.is_complete() && status.workers.is_empty());
        assert_eq!(status.totals.rows, 3);
        assert_eq!(sessions(&world.rows()), SESSIONS);
    }
}

#[test]
fn a_bucket_needs_a_ledger_elsewhere_and_the_one_that_belongs_to_it() {
    for world in World::all() {
        assert_eq!(world.try_open().unwrap_err().kind(), ErrorKind::NoDataset);
        let inside = LedgerLocation::default();
        let settings = settings(Format::Csv, Compression::None);
        for error in [
            Dataset::create_in(world.storage(), settings, &inside, world.waiting.clone())
                .unwrap_err(),
            Dataset::open_in(world.storage(), &inside, world.waiting.clone()).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Settings);
            let named = ["--ledger FILE", "--ledger postgres://"];
            assert!(
                named.iter().all(|name| error.to_string().contains(name)),
                "{error}"
            );
        }
        let created = world.create();
        assert_eq!(world.open().id(), created.id());
        let again = world.try_create().unwrap_err();
        assert_eq!(again.kind(), ErrorKind::DatasetExists);
        // A container that starts without its ledger must not load everything again.
        drop(created);
        let file = world.folder.path().join("ledger.db");
        let other = World::in_memory();
        drop(other.create());
        fs::rename(&file, file.with_extension("away")).unwrap();
        assert_eq!(
            world.try_open().unwrap_err().kind(),
            ErrorKind::LedgerMissing
        );
        fs::copy(other.folder.path().join("ledger.db"), &file).unwrap();
        assert_eq!(
            world.try_open().unwrap_err().kind(),
            ErrorKind::LedgerForeign
        );
    }
}

#[test]
fn a_creation_killed_between_two_steps_is_completed_by_the_next() {
    for point in ["create:identity-pending", "create:ledger-made"] {
        for world in World::all() {
            killed_at(point, || drop(world.create()));
            let error = world.try_open().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoDataset);
            assert!(error.to_string().contains("--create"), "{error}");
            let created = world.create();
            assert_eq!(world.open().id(), created.id());
            assert_eq!(world.state(), ["dataset.json"]);
        }
    }
}

/// Two ledgers of one id would each load everything.
#[test]
fn of_two_creations_at_once_one_wins_and_no_two_ledgers_have_one_id() {
    for point in ["create:identity-pending", "create:ledger-made"] {
        for world in World::all() {
            let world = Arc::new(world);
            // Another machine: the same bucket, another ledger.
            let mut other = World::of("s3://bucket/prefix", world.store.clone());
            other.url = world.url.clone();
            let other = Arc::new(other);
            let winner = Arc::clone(&other);
            let lost = at_point(point, move || drop(winner.create()), || world.try_create());
            assert_eq!(lost.unwrap_err().kind(), ErrorKind::DatasetExists);
            drop(other.open());
            let error = world.try_open().unwrap_err();
            let refused = [ErrorKind::LedgerForeign, ErrorKind::LedgerMissing];
            assert!(refused.contains(&error.kind()), "{error}");
        }
    }
}

#[test]
fn columns_are_appended_once_although_another_process_does_it_too() {
    for world in World::all() {
        let mut old = settings(Format::Csv, Compression::None);
        let all = old.columns.len();
        old.columns = vec!["event_id".to_owned(), "session_id".to_owned()];
        let dataset = world.create_with(old).unwrap();
        assert_eq!(dataset.upgrade_columns().unwrap().len(), all - 2);
        assert_eq!(world.open().settings().columns.len(), all);
        assert!(dataset.upgrade_columns().unwrap().is_empty());
        let storage = world.storage();
        let (json, version) = storage.read(paths::IDENTITY).unwrap().unwrap();
        let replace = |json: &[u8]| storage.replace_identity("", paths::IDENTITY, json, &version);
        assert!(replace(b"{}").unwrap());
        assert!(!replace(&json).unwrap(), "that version is gone");
        assert_eq!(world.read(paths::IDENTITY), b"{}");
    }
}

#[test]
fn unknown_missing_and_changed_objects_are_reported() {
    for world in World::all() {
        let run = world.create().begin_run().unwrap();
        commit_all(&run, "e-1");
        let path = publish_all(&run).remove(0).path;
        run.end().unwrap();
        let storage = world.storage();
        storage.overwrite(&path, b"").unwrap();
        assert_eq!(
            world.open().status().unwrap().changed_files,
            *std::slice::from_ref(&path)
        );
        storage.remove(&path).unwrap();
        storage.remove(&path).unwrap();
        assert_eq!(world.open().status().unwrap().missing_files, [path]);
        let unknown = "date=2026-01-01/x.csv.gz";
        storage.overwrite(unknown, b"").unwrap();
        let error = world.try_open().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownFiles);
        assert!(error.to_string().contains(unknown), "{error}");
    }
}

#[test]
fn a_bucket_that_is_missing_is_reported() {
    for mut world in World::all()
        .into_iter()
        .filter(|world| world.store.is_none())
    {
        world.url.bucket = "no-such-bucket".to_owned();
        assert_eq!(world.try_open().unwrap_err().kind(), ErrorKind::NoDataset);
        let error = world.try_create().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreRefused, "{error}");
        assert!(error.to_string().contains("no such bucket"), "{error}");
        assert!(!world.folder.path().join("ledger.db").exists());
    }
}

#[test]
fn a_prefix_is_not_the_one_that_begins_like_it() {
    let world = World::in_memory();
    drop(world.create());
    let mut longer = World::in_memory();
    longer.store = world.store.clone();
    longer.url.prefix = format!("{}-b", world.url.prefix);
    longer.storage().overwrite("x.csv", b"").unwrap();
    assert!(world.open().status().unwrap().is_complete());
    let error = longer.try_create().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFiles);
}

#[test]
fn a_run_killed_between_two_steps_is_completed_by_the_next() {
    for point in [
        "commit:part-written",
        "commit:part-synced",
        "commit:recorded",
        "seal:recorded",
        "publish:written",
        "publish:built",
        "publish:linked",
        "publish:synced",
        "publish:marked",
        "publish:part-removed",
        "clean-up:orphan-removed",
    ] {
        for world in World::all() {
            let dataset = world.create();
            let killed = dataset.begin_run().unwrap();
            killed.add_sessions(&SESSIONS.map(listed), None).unwrap();
            if point == "clean-up:orphan-removed" {
                killed_at("commit:part-synced", || commit_all(&killed, "e-1"));
                let run = dataset.begin_run().unwrap();
                World::bury_others(&run);
                killed_at(point, || run.clean_up().unwrap());
            } else {
                killed_at(point, || {
                    commit_all(&killed, "e-1");
                    publish_all(&killed);
                });
            }
            let run = dataset.begin_run().unwrap();
            World::bury_others(&run);
            run.clean_up().unwrap();
            commit_all(&run, "e-1");
            publish_all(&run);
            run.end().unwrap();
            let mut seen = world.rows();
            seen.dedup();
            assert_eq!(sessions(&world.rows()), SESSIONS, "{point}");
            assert_eq!(seen.len(), 3);
            assert!(world.parts().is_empty(), "{point}: {:?}", world.parts());
            let status = world.open().status().unwrap();
            assert!(status.is_complete(), "{point}: {status:?}");
            assert_eq!(status.totals.rows, 3, "{point}");
        }
    }
}

#[test]
fn a_refused_commit_leaves_no_part() {
    for world in World::all() {
        let dataset = world.create();
        let run = dataset.begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = claims(&run, hours(0)).remove(0);
        run.reread(&Reread::All).unwrap();
        let batches = [batch(
            &claim,
            vec![event(&run, "s-1", "e-1", hours(0))],
            Progress::UpToDate,
        )];
        let refused = run.commit(&batches, hours(0)).unwrap().refused;
        assert_eq!(refused.len(), 1);
        assert!(world.parts().is_empty());
        run.end().unwrap();
    }
}

#[test]
fn the_part_of_a_worker_that_was_declared_dead_is_removed() {
    for world in World::all() {
        let dataset = world.create();
        let run = dataset.begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = claims(&run, hours(0)).remove(0);
        World::bury_others(&dataset.begin_run().unwrap());
        let event = event(&run, "s-1", "e-1", hours(0));
        let error = run
            .commit(&[batch(&claim, vec![event], Progress::UpToDate)], hours(0))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WorkerDead);
        dataset.begin_run().unwrap().clean_up().unwrap();
        assert!(world.parts().is_empty());
    }
}

#[test]
fn a_part_that_is_cut_or_gone_is_damaged() {
    for world in World::all() {
        let run = world.create().begin_run().unwrap();
        commit_all(&run, "e-1");
        run.seal(SealScope::Everything).unwrap();
        let part = format!("{}/{}", paths::PARTS, world.parts()[0]);
        let good = world.read(&part);
        let storage = world.storage();
        storage.overwrite(&part, &good[1..]).unwrap();
        let error = run.publish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        assert!(error.to_string().contains(&part), "{error}");
        if world.store.is_none() {
            storage.overwrite(&part, b"").unwrap();
            let error = run.publish().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        }
        storage.remove(&part).unwrap();
        assert_eq!(run.publish().unwrap_err().kind(), ErrorKind::Damaged);
        assert!(world.rows().is_empty());
        // Another one of its name is an older ledger's.
        storage.overwrite(&part, b"other").unwrap();
        let error = storage
            .write_part(&part, &mut |sink| sink.write_all(&good))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        storage.remove(&part).unwrap();
        for _ in 0..2 {
            storage
                .write_part(&part, &mut |sink| sink.write_all(&good))
                .unwrap();
        }
        assert_eq!(run.publish().unwrap().len(), 1);
    }
}

/// It built the file before the session was forgotten, and puts it afterwards.
#[test]
fn a_stale_publisher_cannot_bring_back_what_was_forgotten() {
    for world in World::all() {
        let world = Arc::new(world);
        let dataset = world.create();
        let run = dataset.begin_run().unwrap();
        commit_all(&run, "e-1");
        run.seal(SealScope::Everything).unwrap();
        let other = Arc::clone(&world);
        let late = at_point(
            "publish:built",
            move || {
                let forgotten = forget(&other, "s-2");
                assert_eq!(forgotten.files.len(), 1);
                assert_eq!(sessions(&other.rows()), ["s-1", "s-3"]);
            },
            || run.publish(),
        );
        assert_eq!(late.unwrap(), []);
        assert_eq!(sessions(&world.rows()), ["s-1", "s-3"]);
        let status = dataset.status().unwrap();
        assert!(status.is_complete(), "{status:?}");
        assert_eq!((status.totals.rows, status.files_to_replace.len()), (2, 0));
    }
}

#[test]
fn two_that_forget_at_once_replace_one_file_after_the_other() {
    for point in ["forget:built", "forget:replaced", "forget:marked"] {
        for world in World::all() {
            let world = Arc::new(world);
            let run = world.create().begin_run().unwrap();
            commit_all(&run, "e-1");
            publish_all(&run);
            run.end().unwrap();
            let other = Arc::clone(&world);
            at_point(
                point,
                move || drop(forget(&other, "s-2")),
                || forget(&world, "s-1"),
            );
            assert_eq!(sessions(&world.rows()), ["s-3"], "{point}");
            let status = world.open().status().unwrap();
            assert!(status.is_complete(), "{point}: {status:?}");
            assert_eq!((status.totals.rows, status.files_to_replace.len()), (1, 0));
        }
    }
}

#[test]
fn an_interrupted_forget_is_completed_by_the_next() {
    for point in [
        "forget:recorded",
        "forget:built",
        "forget:replaced",
        "publish:linked",
    ] {
        for world in World::all() {
            let run = world.create().begin_run().unwrap();
            commit_all(&run, "e-1");
            publish_all(&run);
            run.renew().unwrap();
            commit_all(&run, "e-2");
            drop(run);
            killed_at(point, || drop(forget(&world, "s-1")));
            forget(&world, "s-3");
            assert_eq!(sessions(&world.rows()), ["s-2"; 2], "{point}");
            assert!(world.open().status().unwrap().is_complete(), "{point}");
        }
    }
}

#[test]
fn each_format_is_published_and_forgets() {
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        for world in World::all() {
            let dataset = world
                .create_with(settings(format, Compression::Zstd))
                .unwrap();
            let run = dataset.begin_run().unwrap();
            commit_all(&run, "e-1");
            publish_all(&run);
            run.end().unwrap();
            let forgotten = forget(&world, "s-2");
            assert_eq!((forgotten.rows, forgotten.files.len()), (1, 1), "{format}");
            assert_eq!(forget(&world, "s-2").rows, 0);
            assert!(dataset.status().unwrap().is_complete(), "{format}");
        }
    }
}

#[test]
fn calls_block_and_drop_within_another_runtime_too() {
    for flavor in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let mut flavor = flavor;
        let runtime = flavor.enable_all().build().unwrap();
        for world in World::all() {
            runtime.block_on(async move {
                let dataset = world.create();
                assert!(dataset.status().unwrap().is_complete());
                drop(dataset);
                drop(world);
            });
        }
    }
}
