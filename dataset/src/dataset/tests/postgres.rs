//! What only a ledger in PostgreSQL meets: workers at the same time, lost replies, a server that is away.

use std::collections::HashSet;
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::ledgers::{Holder, on_postgres, postgres_sql};
use super::proxy::Proxy;
use super::*;
use crate::ErrorKind;
use crate::ledger::file::{NewFrame, NewPart, PartName, SealScope, Span};
use crate::ledger::session::{Commit, Committed, ContactEnd, Forget, Reread, SessionUpdate};
use crate::postgres::test_server::Database;

/// Opens a dataset's ledger through a proxy.
fn open_through(proxy: &Proxy, root: &Path) -> Dataset {
    let options = LedgerOptions {
        location: LedgerLocation::Postgres(proxy.url()),
        ..LedgerOptions::default()
    };
    Dataset::open(root, &options).unwrap()
}

/// Lets other threads and the server get to where they wait.
#[expect(clippy::disallowed_methods, reason = "nothing shows that they wait")]
pub(super) fn pause(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

fn sessions(number: usize) -> Vec<Listed> {
    (0..number).map(|n| listed(&format!("s-{n:03}"))).collect()
}

#[test]
fn workers_that_claim_at_once_share_nothing_and_leave_nothing() {
    on_postgres(|| {
        const SESSIONS: usize = 400;
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let runs: Vec<_> = (0..4)
            .map(|_| open(folder.path()).begin_run().unwrap())
            .collect();
        runs[0].add_sessions(&sessions(SESSIONS), None).unwrap();
        let (start, claimed) = (Barrier::new(runs.len()), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for run in &runs {
                let (start, claimed) = (&start, &claimed);
                scope.spawn(move || {
                    start.wait();
                    while run.counts().unwrap().due_sessions > 0 {
                        let claims = run.claim(7, hours(0)).unwrap();
                        claimed
                            .lock()
                            .unwrap()
                            .extend(claims.into_iter().map(|claim| claim.id));
                    }
                });
            }
        });
        let claimed = claimed.into_inner().unwrap();
        let distinct: HashSet<_> = claimed.iter().collect();
        assert_eq!((claimed.len(), distinct.len()), (SESSIONS, SESSIONS));
    });
}

#[test]
fn workers_that_add_the_same_sessions_at_once_do_not_block_each_other() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let runs: Vec<_> = (0..4)
            .map(|_| open(folder.path()).begin_run().unwrap())
            .collect();
        thread::scope(|scope| {
            for (n, run) in runs.iter().enumerate() {
                scope.spawn(move || {
                    for round in 0..10 {
                        let mut listed = sessions(200);
                        listed.rotate_left(n * 50);
                        for listed in &mut listed {
                            listed.last_event = Some(hours(round));
                        }
                        run.add_sessions(&listed, None).unwrap();
                    }
                });
            }
        });
        assert_eq!(runs[0].counts().unwrap().due_sessions, 200);
    });
}

#[test]
fn a_worker_is_declared_dead_after_what_it_is_committing() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let first = create(folder.path()).begin_run().unwrap();
        let second = open(folder.path()).begin_run().unwrap();
        first.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = claims(&first, hours(0)).remove(0);
        let mut live = second.store.ledger.live_workers().unwrap();
        live.retain(|worker| worker.id == first.worker());
        // The commit holds its worker's lock while it waits for the session's.
        let session = claim.session;
        let blocked = thread::spawn(move || {
            postgres_sql(&format!(
                "BEGIN; SELECT 1 FROM sessions WHERE id = {session} FOR UPDATE; SELECT pg_sleep(1); COMMIT"
            ));
        });
        pause(300);
        thread::scope(|scope| {
            let committing = scope.spawn(|| commit(&first, &claim, &["e-1"], hours(0)));
            pause(200);
            second
                .store
                .ledger
                .declare_dead(second.worker(), &live)
                .unwrap();
            assert_eq!(committing.join().unwrap().events, 1);
        });
        blocked.join().unwrap();
        assert_eq!(second.totals().unwrap().events, 1);
        let error = first.claim(1, hours(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WorkerDead);
    });
}

#[test]
fn a_worker_shows_signs_of_life_while_its_commit_waits() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = create(folder.path()).begin_run().unwrap();
        let other = open(folder.path()).begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = claims(&run, hours(0)).remove(0);
        let holder = Holder::hold(&format!(
            "SELECT 1 FROM sessions WHERE id = {} FOR UPDATE",
            claim.session
        ));
        thread::scope(|scope| {
            let committing = scope.spawn(|| commit(&run, &claim, &["e-1"], hours(0)));
            while holder.waiters() < 1 {}
            let (beat, beats) = mpsc::channel();
            let shows_life = || {
                let (run, beat) = (&run, beat.clone());
                scope.spawn(move || beat.send(run.heartbeat()).unwrap());
                beats
                    .recv_timeout(Duration::from_secs(10))
                    .unwrap()
                    .unwrap();
                assert!(!committing.is_finished());
            };
            shows_life();
            let mut live = other.store.ledger.live_workers().unwrap();
            live.retain(|worker| worker.id == run.worker());
            let (ledger, by) = (&other.store.ledger, other.worker());
            let declaring = scope.spawn(move || ledger.declare_dead(by, &live));
            while holder.waiters() < 2 {
                assert!(!declaring.is_finished());
            }
            // Nor do they wait for one that waits for the commit in order to declare this worker dead.
            shows_life();
            drop(holder);
            assert_eq!(committing.join().unwrap().events, 1);
            declaring.join().unwrap().unwrap();
        });
        run.heartbeat().unwrap();
    });
}

#[test]
fn a_commit_whose_reply_is_lost_is_recorded_once() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let proxy = Proxy::start();
        let run = open_through(&proxy, folder.path()).begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = run.claim(1, hours(1_000)).unwrap().remove(0);
        for (name, is_late, progress) in [
            ("e-1", false, Progress::Reading),
            ("e-2", true, Progress::Reading),
            ("e-3", true, Progress::UpToDate),
        ] {
            let events = vec![event(&run, "s-1", name, hours(0))];
            let settles = u64::from(progress == Progress::UpToDate);
            if is_late {
                // It is still being committed when it is repeated.
                proxy.lose_late_replies(1);
            } else {
                proxy.lose_replies(1);
            }
            let batches = [batch(&claim, events, progress)];
            let outcome = run.commit(&batches, hours(1_000)).unwrap();
            assert_eq!(
                (outcome.events, outcome.settled, outcome.refused.len()),
                (1, settles, 0)
            );
        }
        assert_eq!(proxy.losses(), 3);
        assert_eq!(run.totals().unwrap().events, 3);
        run.seal(SealScope::Everything).unwrap();
        run.publish().unwrap();
        assert_eq!(rows(folder.path()).len(), 3);
        assert!(open(folder.path()).status().unwrap().is_complete());
    });
}

/// The control of the test above: the number under which a commit is repeated is all that prevents it.
#[test]
fn a_lost_reply_that_was_taken_for_a_failure_would_double_events() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let proxy = Proxy::start();
        let run = open_through(&proxy, folder.path()).begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claims = run.claim(1, hours(0)).unwrap();
        let reading = |number| {
            let mut commit = commit_of(&run, &claims, number);
            commit.updates[0].progress = Progress::Reading;
            commit
        };
        let _given_up = run.store.waiting.give_up();
        proxy.lose_replies(1);
        let error = run.store.ledger.commit(&reading(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable, "{error}");
        let again = run.store.ledger.commit(&reading(2)).unwrap();
        assert_eq!(again, Committed::Recorded { settled: 0 });
        assert_eq!(run.totals().unwrap().events, 20, "and not 10");
    });
}

#[test]
fn a_claim_whose_reply_is_lost_is_returned() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let proxy = Proxy::start();
        let run = open_through(&proxy, folder.path()).begin_run().unwrap();
        run.add_sessions(&sessions(5), None).unwrap();
        run.add_contacts(&["c-1".to_owned()]).unwrap();
        proxy.lose_replies(1);
        let claims = run.claim(3, hours(0)).unwrap();
        proxy.lose_replies(1);
        let contacts = run.claim_contacts(1).unwrap();
        assert_eq!((claims.len(), contacts.len(), proxy.losses()), (3, 1, 2));
        let counts = run.counts().unwrap();
        assert_eq!((counts.held_here, counts.due_sessions), (4, 2));
        for claim in &claims {
            assert_eq!(commit(&run, claim, &["e-1"], hours(0)).events, 1);
        }
    });
}

/// The rows that it claims are locked when it is repeated, and would be passed.
#[test]
fn a_claim_that_is_still_being_committed_is_waited_for() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let proxy = Proxy::start();
        let run = open_through(&proxy, folder.path()).begin_run().unwrap();
        run.add_sessions(&sessions(6), None).unwrap();
        run.add_contacts(&["c-1".to_owned(), "c-2".to_owned()])
            .unwrap();
        proxy.lose_late_replies(1);
        let claims = run.claim(3, hours(0)).unwrap();
        proxy.lose_late_replies(1);
        let contacts = run.claim_contacts(1).unwrap();
        assert_eq!((claims.len(), contacts.len(), proxy.losses()), (3, 1, 2));
        // Otherwise they may arrive later than this looks.
        pause(1_500);
        let counts = run.counts().unwrap();
        let due = (counts.due_sessions, counts.due_contacts);
        assert_eq!((counts.held_here, due), (4, (3, 1)));
    });
}

/// Everything is done twice, in effect: the outcome must be the same.
#[test]
fn every_operation_can_lose_its_reply() {
    on_postgres(|| {
        let outcomes = [false, true].map(|loses| {
            let folder = tempfile::tempdir().unwrap();
            create(folder.path());
            let proxy = Proxy::start();
            let dataset = open_through(&proxy, folder.path());
            if loses {
                proxy.lose_every_other_reply();
            }
            let run = dataset.begin_run().unwrap();
            run.heartbeat().unwrap();
            run.add_contacts(&["c-1".to_owned(), "c-2".to_owned()])
                .unwrap();
            let contacts = run.claim_contacts(2).unwrap();
            run.add_sessions(&sessions(4), Some(contacts[0].contact))
                .unwrap();
            run.end_contact(contacts[0].contact, &ContactEnd::Listed)
                .unwrap();
            let end = ContactEnd::NotFound {
                run: run.stamp(),
                at: hours(0),
            };
            run.end_contact(contacts[1].contact, &end).unwrap();
            for round in 0..3 {
                for claim in claims(&run, hours(0)) {
                    let name = format!("e-{round}");
                    assert_eq!(commit(&run, &claim, &[&name], hours(0)).events, 1);
                }
                assert_eq!(run.seal(SealScope::FullFiles).unwrap(), 0);
                run.seal(SealScope::Everything).unwrap();
                assert_eq!(run.publish().unwrap().len(), 1);
                run.renew().unwrap();
            }
            let claim = run.claim(1, hours(0)).unwrap().remove(0);
            let known = run.restart(claim.session, claim.epoch, hours(1)).unwrap();
            assert_eq!(known.unwrap().len(), 3);
            let again = Reread::Sessions(vec!["s-001".to_owned()]);
            assert_eq!(run.reread(&again).unwrap(), 1);
            run.end().unwrap();
            let forget = Forget::Sessions(vec!["s-002".to_owned()]);
            let forgotten = dataset.forget(&forget).unwrap();
            assert_eq!(proxy.losses() > 20, loses);
            let status = dataset.status().unwrap();
            assert!(status.is_complete());
            let mut totals = status.totals;
            totals.bytes = 0;
            (totals, forgotten.rows, rows(folder.path()))
        });
        assert_eq!(outcomes[0], outcomes[1]);
        assert_eq!(outcomes[0].2.len(), 9);
    });
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path());
        let proxy = Proxy::start();
        let run = open_through(&proxy, folder.path()).begin_run().unwrap();
        let _endless = run.store.waiting.endless();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        let claim = run.claim(1, hours(0)).unwrap().remove(0);
        proxy.set_down(true);
        thread::scope(|scope| {
            let committing = scope.spawn(|| commit(&run, &claim, &["e-1"], hours(0)));
            pause(500);
            assert!(!committing.is_finished());
            proxy.set_down(false);
            assert_eq!(committing.join().unwrap().events, 1);
        });
        assert_eq!(run.totals().unwrap().events, 1);
    });
}

#[test]
fn a_stop_ends_the_waiting_for_a_server_that_is_away_or_silent() {
    on_postgres(|| {
        for is_silent in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            create(folder.path());
            let proxy = Proxy::start();
            let run = open_through(&proxy, folder.path()).begin_run().unwrap();
            if is_silent {
                proxy.silence();
            } else {
                proxy.set_down(true);
            }
            thread::scope(|scope| {
                let (send, ended) = mpsc::channel();
                for _ in 0..3 {
                    let (run, send) = (&run, send.clone());
                    scope.spawn(move || send.send(run.heartbeat()).unwrap());
                }
                pause(200);
                assert!(ended.try_recv().is_err());
                let given_up = Instant::now();
                let _given_up = run.store.waiting.give_up();
                for _ in 0..3 {
                    let error = ended.recv().unwrap().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable, "{error}");
                }
                assert!(given_up.elapsed() < Duration::from_secs(1));
            });
        }
    });
}

#[test]
fn rereading_all_does_not_hold_up_who_commits() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = create(folder.path()).begin_run().unwrap();
        run.add_sessions(&sessions(5), None).unwrap();
        let claims = claims(&run, hours(0));
        let (first, last) = (claims[0].session, claims[4].session);
        let blocked = thread::spawn(move || {
            postgres_sql(&format!(
                "BEGIN; SELECT 1 FROM sessions WHERE id = {last} FOR UPDATE; SELECT pg_sleep(1); COMMIT"
            ));
        });
        pause(300);
        thread::scope(|scope| {
            let rereading = scope.spawn(|| run.reread(&Reread::All).unwrap());
            pause(200);
            postgres_sql(&format!(
                "SELECT 1 FROM sessions WHERE id = {first} FOR UPDATE NOWAIT"
            ));
            assert_eq!(rereading.join().unwrap(), 5);
        });
        blocked.join().unwrap();
        assert_eq!(run.counts().unwrap().due_sessions, 5);
    });
}

#[test]
fn old_commits_are_forgotten_and_the_last_is_not() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = create(folder.path()).begin_run().unwrap();
        run.add_sessions(&[listed("s-1")], None).unwrap();
        for number in 1..=10 {
            let claim = claims(&run, hours(0)).remove(0);
            commit(&run, &claim, &[&format!("e-{number}")], hours(0));
            run.renew().unwrap();
        }
        let worker = run.worker();
        postgres_sql(&format!(
            "DO $$ BEGIN ASSERT (SELECT min(number) > 3 AND max(number) = 10 FROM commits
                                 WHERE worker = {worker}); END $$"
        ));
    });
}

#[test]
fn an_unknown_dataset_is_refused() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let id = create(root).id().to_owned();
        postgres_sql(&format!("DELETE FROM datasets WHERE id = '{id}'"));
        let error = Dataset::open(root, &ledger(root)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LedgerMissing);
        assert!(error.to_string().contains(&id), "{error}");
    });
}

#[test]
fn a_worker_needs_the_permissions_that_the_schema_names() {
    let Some(database) = Database::create() else {
        return;
    };
    crate::postgres::init(database.url()).unwrap();
    let url = database.url_of_plain_role();
    let text = url.to_string();
    let role = text.split_once("//").unwrap().1.split_once('@').unwrap().0;
    for line in crate::postgres::schema_sql().lines() {
        if let Some(grant) = line.strip_prefix("--     GRANT ") {
            database.execute(&format!("GRANT {}", grant.replace("loader", role)));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let options = LedgerOptions {
        location: LedgerLocation::Postgres(url),
        ..LedgerOptions::default()
    };
    let settings = settings(Format::Ndjson, Compression::None);
    let dataset = Dataset::create(folder.path(), settings, &options).unwrap();
    let run = dataset.begin_run().unwrap();
    run.add_contacts(&["c-1".to_owned()]).unwrap();
    let contact = run.claim_contacts(1).unwrap().remove(0);
    run.add_sessions(&sessions(2), Some(contact.contact))
        .unwrap();
    run.end_contact(contact.contact, &ContactEnd::Listed)
        .unwrap();
    for claim in claims(&run, hours(0)) {
        commit(&run, &claim, &["e-1"], hours(0));
    }
    run.seal(SealScope::Everything).unwrap();
    run.publish().unwrap();
    run.reread(&Reread::All).unwrap();
    run.end().unwrap();
    let forget = Forget::Contact("c-1".to_owned());
    assert_eq!(dataset.forget(&forget).unwrap().rows, 2);
    assert!(dataset.status().unwrap().is_complete());
}

/// A commit of ten events of each claim, without a part on the disk.
fn commit_of(run: &Run, claims: &[Claim], number: i64) -> Commit {
    let update = |claim: &Claim| SessionUpdate {
        session: claim.session,
        epoch: claim.epoch,
        digests: (0..10)
            .map(|n| run.digest(&claim.id, &n.to_string()))
            .collect(),
        last_event: Some(hours(0)),
        malformed: 0,
        checkpoint: Some("c".repeat(200)),
        progress: Progress::UpToDate,
    };
    let span = Span {
        offset: 0,
        length: 1,
        checksum: [0; 16],
    };
    Commit {
        worker: run.worker(),
        run: run.stamp(),
        at: hours(0),
        settle: Duration::from_secs(24 * 3600),
        part: Some(NewPart {
            name: PartName {
                worker: run.worker(),
                number,
            },
            bytes: 1,
            frames: vec![NewFrame {
                partition: String::new(),
                span,
                rows: 1,
                weight: 1,
                sessions: claims.iter().map(|claim| claim.session).collect(),
            }],
        }),
        updates: claims.iter().map(update).collect(),
    }
}

/// `cargo test --release -p journey-events-dataset --lib -- --ignored --nocapture a_million`
#[test]
#[ignore = "takes minutes"]
fn a_million_sessions_are_added_within_a_minute_and_claimed_and_committed_in_10_ms() {
    on_postgres(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = create(folder.path()).begin_run().unwrap();
        let id = |n: u64| {
            let random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!(
                "{:08x}-{:04x}-4000-8000-{n:012x}",
                random >> 32,
                random & 0xffff
            )
        };
        let start = Instant::now();
        for chunk in 0..1_000 {
            let listed: Vec<_> = (0..1_000).map(|n| listed(&id(chunk * 1_000 + n))).collect();
            run.add_sessions(&listed, None).unwrap();
        }
        let added = start.elapsed();
        eprintln!("added in {added:?}");
        let (mut claiming, mut committing) = (Vec::new(), Vec::new());
        for number in 0..2_000 {
            let start = Instant::now();
            let claims = run.claim(8, hours(0)).unwrap();
            claiming.push(start.elapsed());
            let commit = commit_of(&run, &claims, number);
            let start = Instant::now();
            run.store.ledger.commit(&commit).unwrap();
            committing.push(start.elapsed());
        }
        let start = Instant::now();
        run.counts().unwrap();
        eprintln!("counted in {:?}", start.elapsed());
        let start = Instant::now();
        run.totals().unwrap();
        eprintln!("totalled in {:?}", start.elapsed());
        for (name, times) in [("claim", &mut claiming), ("commit", &mut committing)] {
            times.sort_unstable();
            let at = |percent: usize| times[times.len() * percent / 100 - 1];
            eprintln!(
                "{name}: median {:?}, 99 % {:?}, most {:?}",
                at(50),
                at(99),
                at(100)
            );
            if !cfg!(debug_assertions) {
                assert!(added < Duration::from_secs(60), "{added:?}");
                assert!(at(50) < Duration::from_millis(10), "{:?}", at(50));
            }
        }
    });
}
