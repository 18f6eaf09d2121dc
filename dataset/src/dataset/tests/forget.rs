//! Forgetting sessions: published, unpublished, unsealed, being read.

use super::*;
use crate::fault;
use crate::ledger::file::SealScope;
use crate::ledger::session::{Forget, Reread};

const SESSIONS: [&str; 3] = ["s-1", "s-2", "s-3"];

fn forget(root: &Path, session: &str) -> crate::Forgotten {
    open(root)
        .forget(&Forget::Sessions(vec![session.to_owned()]))
        .unwrap()
}

fn sessions_of(rows: &[String]) -> Vec<&str> {
    let session = |row: &String| {
        SESSIONS
            .iter()
            .find(|id| row.contains(**id))
            .copied()
            .unwrap()
    };
    rows.iter().map(session).collect()
}

fn a_forgotten_session_is_in_no_file_and_is_not_requested_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let run = create(root).begin_run().unwrap();
    run.add_sessions(&SESSIONS.map(listed), None).unwrap();
    // Rows that are published, sealed, and neither.
    for event in ["e-1", "e-2", "e-3"] {
        for claim in claims(&run, hours(0)) {
            commit(&run, &claim, &[event], hours(0));
        }
        if event != "e-3" {
            run.seal(SealScope::Everything).unwrap();
        }
        if event == "e-1" {
            run.publish().unwrap();
        }
        run.renew().unwrap();
    }
    // And some that are being read.
    let reading = claims(&run, hours(0)).remove(1);
    let forgotten = forget(root, "s-2");
    assert_eq!(forgotten.sessions, ["s-2"]);
    assert_eq!(forgotten.files.len(), 3);
    let outcome = commit(&run, &reading, &["e-4"], hours(0));
    assert_eq!(outcome.refused, [(reading.session, reading.epoch)]);
    run.reread(&Reread::All).unwrap();
    run.reread(&Reread::Sessions(vec!["s-2".to_owned()]))
        .unwrap();
    let newer = Listed {
        event_count: Some(100),
        ..listed("s-2")
    };
    assert_eq!(
        run.add_sessions(&[newer], None).unwrap(),
        crate::ledger::session::Added::default()
    );
    let due: Vec<_> = claims(&run, hours(0))
        .into_iter()
        .map(|claim| claim.id)
        .collect();
    assert_eq!(due, ["s-1", "s-3"]);
    let rows = rows(root);
    assert_eq!(rows.len(), 6);
    assert!(!sessions_of(&rows).contains(&"s-2"));
    let status = open(root).status().unwrap();
    assert!(status.is_complete(), "{status:?}");
    assert_eq!((status.totals.rows, status.totals.forgotten), (6, 1));
    assert!(status.files_to_replace.is_empty());
    for file in files(root) {
        let text = fs::read(&file).unwrap();
        let found = text.windows(3).any(|text| text == b"s-2");
        assert!(!found || file.contains("ledger.db"), "{file}");
    }
}

fn a_contact_is_forgotten_with_the_sessions_listed_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_contacts(&["c-1".to_owned(), "c-2".to_owned()])
        .unwrap();
    let contacts = run.claim_contacts(10).unwrap();
    run.add_sessions(&[listed("s-1"), listed("s-2")], Some(contacts[0].contact))
        .unwrap();
    run.add_sessions(&[listed("s-3")], Some(contacts[1].contact))
        .unwrap();
    for claim in claims(&run, hours(0)) {
        commit(&run, &claim, &["e-1"], hours(0));
    }
    run.end().unwrap();
    let which = Forget::Contact("c-1".to_owned());
    let forgotten = open(folder.path()).forget(&which).unwrap();
    assert_eq!(forgotten.sessions, ["s-1", "s-2"]);
    assert_eq!(sessions_of(&rows(folder.path())), ["s-3"]);
    let run = open(folder.path()).begin_run().unwrap();
    let contacts = run.claim_contacts(10).unwrap();
    assert_eq!(
        contacts
            .iter()
            .map(|contact| &contact.id)
            .collect::<Vec<_>>(),
        ["c-2"]
    );
}

fn an_interrupted_call_is_completed_by_the_next() {
    for point in [
        "forget:recorded",
        "forget:built",
        "forget:replaced",
        "publish:linked",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let run = create(root).begin_run().unwrap();
        run.add_sessions(&SESSIONS.map(listed), None).unwrap();
        for event in ["e-1", "e-2"] {
            for claim in claims(&run, hours(0)) {
                commit(&run, &claim, &[event], hours(0));
            }
            run.seal(SealScope::Everything).unwrap();
            run.renew().unwrap();
        }
        run.publish().unwrap();
        for claim in claims(&run, hours(0)) {
            commit(&run, &claim, &["e-3"], hours(0));
        }
        drop(run);
        let kill = move |name: &'static str| {
            if name == point {
                std::panic::resume_unwind(Box::new(()));
            }
        };
        let killed = || fault::with_hook(kill, || forget(root, "s-1"));
        std::panic::catch_unwind(killed).unwrap_err();
        ledgers::end_leases(root);
        forget(root, "s-3");
        let rows = rows(root);
        assert_eq!(sessions_of(&rows), ["s-2"; 3], "{point}");
        assert!(open(root).status().unwrap().is_complete(), "{point}");
        assert!(
            files(&root.join("_journey-events/building")).is_empty(),
            "{point}"
        );
    }
}

fn an_event_that_names_no_session_is_forgotten_with_the_one_it_was_read_from() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    for (claim, named) in claims(&run, hours(0))
        .iter()
        .zip(["", r#","session":{"id":"S-9"}"#])
    {
        let mut unnamed = event(&run, &claim.id, &format!("of-{}", claim.id), hours(0));
        unnamed.json = format!(r#"{{"id":"of-{}"{named}}}"#, claim.id);
        run.commit(&[batch(claim, vec![unnamed], Progress::UpToDate)], hours(0))
            .unwrap();
    }
    run.seal(SealScope::Everything).unwrap();
    run.publish().unwrap();
    assert_eq!(forget(folder.path(), "s-2").rows, 1);
    assert_eq!(rows(folder.path()), [r#"{"id":"of-s-1"}"#]);
    assert_eq!(forget(folder.path(), "s-1").rows, 1);
    assert!(rows(folder.path()).is_empty());
}

fn a_file_published_after_the_ledger_forgot_a_session_lacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&SESSIONS.map(listed), None).unwrap();
    for claim in claims(&run, hours(0)) {
        commit(&run, &claim, &["e-1"], hours(0));
    }
    run.seal(SealScope::Everything).unwrap();
    let which = Forget::Sessions(vec!["s-2".to_owned()]);
    run.store.ledger.forget(run.worker(), &which).unwrap();
    run.publish().unwrap();
    assert_eq!(sessions_of(&rows(folder.path())), ["s-1", "s-3"]);
    // It is replaced nevertheless: a process that had built it before may have linked it.
    assert_eq!(
        open(folder.path()).status().unwrap().files_to_replace.len(),
        1
    );
    assert_eq!(forget(folder.path(), "s-2").files.len(), 1);
    // That process then marks it as it built it.
    let file = run.store.ledger.data_files().unwrap().remove(0).file;
    let late = crate::ledger::file::Published {
        file,
        rows: 3,
        bytes: 300,
    };
    run.store
        .ledger
        .mark_published(run.worker(), &late)
        .unwrap();
    assert!(open(folder.path()).status().unwrap().is_complete());
}

fn a_second_process_waits_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path());
    let lock = folder.path().join("_journey-events/forget.lock");
    let lock = fs::File::create(lock).unwrap();
    lock.try_lock().unwrap();
    let error = dataset
        .forget(&Forget::Contact("c-1".to_owned()))
        .unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Busy);
}

fn each_format_forgets() {
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(format, Compression::Zstd);
        let dataset = create_with(folder.path(), settings);
        let run = dataset.begin_run().unwrap();
        run.add_sessions(&SESSIONS.map(listed), None).unwrap();
        for claim in claims(&run, hours(0)) {
            commit(&run, &claim, &["e-1", "e-2"], hours(0));
        }
        run.seal(SealScope::Everything).unwrap();
        run.publish().unwrap();
        run.end().unwrap();
        let forgotten = forget(folder.path(), "s-2");
        assert_eq!((forgotten.rows, forgotten.files.len()), (2, 1), "{format}");
        assert_eq!(forget(folder.path(), "s-2").rows, 0);
    }
}

/// In NDJSON nothing but its JSON tells which session such an event was read from.
fn an_event_without_an_id_and_a_session_is_forgotten_with_the_session_it_was_read_from() {
    for format in [Format::Ndjson, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(format, Compression::None);
        let dataset = create_with(folder.path(), settings);
        let run = dataset.begin_run().unwrap();
        run.add_sessions(&[listed("s-1"), listed("s-2")], None)
            .unwrap();
        for claim in claims(&run, hours(0)) {
            // It names another session, if any.
            let json = format!(
                r#"{{"eventType":"of {}","session":{{"id":"x"}}}}"#,
                claim.id
            );
            let row = EventRow {
                digest: run.digest(&claim.id, &json),
                json,
                created: None,
                synced_at: hours(0),
            };
            let batch = batch(&claim, vec![row], Progress::UpToDate);
            run.commit(&[batch], hours(0)).unwrap();
        }
        run.seal(SealScope::Everything).unwrap();
        run.publish().unwrap();
        assert_eq!(forget(folder.path(), "s-1").rows, 1, "{format}");
        assert_eq!(dataset.status().unwrap().totals.rows, 1, "{format}");
    }
}

on_each_ledger!(
    a_forgotten_session_is_in_no_file_and_is_not_requested_again,
    a_contact_is_forgotten_with_the_sessions_listed_for_it,
    an_interrupted_call_is_completed_by_the_next,
    an_event_that_names_no_session_is_forgotten_with_the_one_it_was_read_from,
    a_file_published_after_the_ledger_forgot_a_session_lacks_it,
    a_second_process_waits_its_turn,
    each_format_forgets,
    an_event_without_an_id_and_a_session_is_forgotten_with_the_session_it_was_read_from,
);
