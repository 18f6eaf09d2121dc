//! What operators see of workers, and do about them.

use super::*;
use crate::ErrorKind;
use crate::ledger::session::ContactEnd;
use crate::ledger::worker::Activity;

fn failed(reason: &str) -> Progress {
    Progress::Failed {
        reason: reason.to_owned(),
    }
}

fn what_failed_is_due_at_once_also_for_a_run_that_goes_on_but_not_what_is_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    let sessions = ["s-1", "s-2", "s-3"].map(listed);
    run.add_sessions(&sessions, None).unwrap();
    run.add_contacts(&["c-1".to_owned(), "c-2".to_owned()])
        .unwrap();
    let contacts = run.claim_contacts(2).unwrap();
    let reason = "a reason".to_owned();
    run.end_contact(contacts[0].contact, &ContactEnd::Failed { reason })
        .unwrap();
    run.end_contact(contacts[1].contact, &ContactEnd::Listed)
        .unwrap();
    let claims = claims(&run, hours(0));
    for (claim, progress) in claims
        .iter()
        .zip([failed("one"), failed("two"), Progress::UpToDate])
    {
        run.commit(&[batch(claim, Vec::new(), progress)], hours(0))
            .unwrap();
    }
    let due = |run: &Run| {
        let counts = run.counts().unwrap();
        (counts.due_sessions, counts.due_contacts)
    };
    assert_eq!(due(&run), (0, 0));
    // Another run reads one of them now.
    let other = open(folder.path()).begin_run().unwrap();
    assert_eq!(other.claim(1, hours(0)).unwrap().len(), 1);
    let operator = open(folder.path());
    assert_eq!(operator.retry_failed().unwrap(), 2);
    assert_eq!(due(&run), (1, 1));
    assert_eq!(operator.retry_failed().unwrap(), 2, "once more is harmless");
    let again = run.claim(10, hours(0)).unwrap();
    assert_eq!(again.len(), 1);
    commit(&run, &again[0], &["e-1"], hours(0));
    let contact = run.claim_contacts(10).unwrap();
    run.end_contact(contact[0].contact, &ContactEnd::Listed)
        .unwrap();
    assert_eq!(due(&run), (0, 0));
    assert_eq!(run.totals().unwrap().failed, 1);
    other.end().unwrap();
    assert_eq!(operator.retry_failed().unwrap(), 1);
}

fn a_cancelled_worker_loses_its_sessions_at_once_and_commits_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let hung = create(folder.path()).begin_run().unwrap();
    hung.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    let held = claims(&hung, hours(0));
    let other = open(folder.path()).begin_run().unwrap();
    hung.heartbeat().unwrap();
    assert_eq!(other.declare_dead().unwrap(), 0, "it shows signs of life");
    let operator = open(folder.path());
    let cancelled = operator.cancel_worker(hung.worker().0).unwrap();
    assert_eq!((cancelled.id, cancelled.sessions), (hung.worker().0, 2));
    assert!(cancelled.alive);
    assert_eq!(claims(&other, hours(0)).len(), 2);
    let late = batch(&held[0], Vec::new(), Progress::UpToDate);
    let refused = hung.commit(&[late], hours(0)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WorkerDead);
    assert!(refused.to_string().contains("`ledger cancel`"), "{refused}");
    assert_eq!(hung.heartbeat().unwrap_err().kind(), ErrorKind::WorkerDead);
    let workers = operator.status().unwrap().workers;
    let ids: Vec<_> = workers.iter().map(|worker| worker.id).collect();
    assert_eq!(ids, [other.worker().0]);
}

fn a_worker_that_is_not_live_is_refused_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    let operator = open(folder.path());
    let other = open(folder.path()).begin_run().unwrap();
    let (live, ended) = (run.worker().0, other.worker().0);
    other.end().unwrap();
    for id in [ended, 0, -1, i64::MAX] {
        let error = operator.cancel_worker(id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoWorker);
        let process = std::process::id();
        let named = format!(
            "no live worker {id}; next: give the id of one that it has: {live} (process {process}"
        );
        assert!(error.to_string().contains(&named), "{error}");
    }
    operator.cancel_worker(live).unwrap();
    let error = operator.cancel_worker(live).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoWorker);
    assert!(error.to_string().contains("nor any other"), "{error}");
}

fn a_worker_of_another_dataset_is_not_cancelled() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = create(one.path()).begin_run().unwrap();
    let second = create(other.path()).begin_run().unwrap();
    // Ids are global in PostgreSQL, and per file in SQLite.
    if first.worker() != second.worker() {
        assert!(!first.store.ledger.cancel(second.worker()).unwrap());
    }
    second.heartbeat().unwrap();
    second.add_sessions(&[listed("s-1")], None).unwrap();
}

fn status_shows_each_worker_and_their_pace() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path());
    let shown = dataset.status().unwrap();
    assert_eq!(
        (shown.requests_last_minute, shown.sessions_left),
        (None, None)
    );
    let runs = [(); 2].map(|()| open(folder.path()).begin_run().unwrap());
    let sessions: Vec<_> = (0..10).map(|n| listed(&format!("s-{n}"))).collect();
    runs[0].add_sessions(&sessions, None).unwrap();
    assert_eq!(runs[0].claim(4, hours(0)).unwrap().len(), 4);
    let shown = dataset.status().unwrap();
    assert_eq!(shown.requests_last_minute, None, "none has said so yet");
    assert_eq!((shown.sessions_left, shown.seconds_left), (Some(10), None));
    for (run, recent_millis) in runs.iter().zip([60_000, 30_000]) {
        let activity = Activity {
            requests: 700,
            sessions: 70,
            recent_requests: 120,
            recent_sessions: 15,
            recent_millis,
        };
        run.report_activity(&activity).unwrap();
        // One without news of it keeps what was said.
        run.heartbeat().unwrap();
    }
    let shown = dataset.status().unwrap();
    assert_eq!(shown.requests_last_minute, Some(240));
    // A session in 4 s, and one in 2 s.
    assert_eq!(
        (shown.sessions_left, shown.seconds_left),
        (Some(10), Some(14))
    );
    for (worker, run) in shown.workers.iter().zip(&runs) {
        assert_eq!(worker.id, run.worker().0);
        assert_eq!(worker.machine, crate::machine::name());
        assert_eq!((worker.requests, worker.sessions_read), (700, 70));
        assert!(worker.alive && worker.last_sign_seconds.is_some_and(|seconds| seconds < 20));
    }
    assert_eq!(shown.workers[0].sessions, 4);
    runs[0].add_contacts(&["c-1".to_owned()]).unwrap();
    for is_claimed in [false, true] {
        if is_claimed {
            assert_eq!(runs[1].claim_contacts(1).unwrap().len(), 1);
        }
        let shown = dataset.status().unwrap();
        assert_eq!(
            (shown.sessions_left, shown.seconds_left),
            (Some(10), None),
            "the contact may have any number of sessions"
        );
    }
}

on_each_ledger!(
    what_failed_is_due_at_once_also_for_a_run_that_goes_on_but_not_what_is_being_read,
    a_cancelled_worker_loses_its_sessions_at_once_and_commits_nothing_more,
    a_worker_that_is_not_live_is_refused_with_those_that_are,
    a_worker_of_another_dataset_is_not_cancelled,
    status_shows_each_worker_and_their_pace,
);
