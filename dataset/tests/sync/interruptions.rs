//! Runs that are stopped, declared dead, or met by what another process does.

use std::fs;
use std::future::pending;
use std::path::Path;
use std::time::Duration;

use journey_events_dataset::{Ended, Forget, Reread, RunProgress, Sources, SyncOptions, sync};
use tokio::sync::watch;

use crate::support::{
    client, create, create_never_settled, listing, of, of_contact, once, page, published, rows,
    run, run_with, service,
};

fn ledger(root: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(root.join("_journey-events/ledger.db")).unwrap()
}

/// As another process does that found it stopped for too long.
fn declare_all_dead(ledger: &rusqlite::Connection) {
    let sql = "UPDATE sessions SET read_stamp = claims.previous_stamp FROM claims WHERE session = sessions.id;
               DELETE FROM claims;
               UPDATE workers SET state = 2";
    ledger.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn row_86_a_stopped_run_keeps_what_it_received_and_the_next_continues_there() {
    let server = service(|_, after, _| match after {
        "" => page(&["a"], Some("2")),
        "2" => page(&["b"], Some("3")),
        _ => page(&["c"], None).set_delay(Duration::from_secs(2)),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let (progress, _) = watch::channel(RunProgress::default());
    let third = async {
        while server.received_requests().await.unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    let sources = of(&["s"]);
    let options = SyncOptions::default();
    let report = sync(&dataset, &client, &sources, options, third, &progress)
        .await
        .unwrap();
    assert_eq!((report.ended, report.events), (Ended::Stopped, 2));
    let report = run(&dataset, &client, &Sources::default()).await;
    assert_eq!(
        (report.ended, report.events, report.requests),
        (Ended::Complete, 1, 1)
    );
    assert_eq!(published(folder.path()), once(&["a", "b", "c"]));
}

/// Such as those of a claim whose reply was lost.
#[tokio::test]
async fn claims_that_a_run_does_not_know_of_are_read_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let server = service(move |session, _, times| {
        if session == "s-1" && times == 0 {
            let sql = "INSERT INTO claims (session, worker, epoch, previous_stamp)
                         SELECT sessions.id, workers.id, 1000, read_stamp FROM sessions, workers
                         WHERE session_id = 's-2' AND workers.state = 0;
                       UPDATE sessions SET read_stamp = 1000 WHERE session_id = 's-2'";
            ledger(&root).execute_batch(sql).unwrap();
        }
        page(&[session], None)
    })
    .await;
    let client = client(&server.uri());
    let dataset = create(folder.path(), &client);
    let mut options = SyncOptions::default();
    options.concurrency = 1;
    let report = run_with(&dataset, &client, &of(&["s-1", "s-2"]), options).await;
    assert_eq!(report.ended, Ended::Complete);
    assert_eq!(published(folder.path()), once(&["s-1", "s-2"]));
}

/// A part that can't be read is there to be reported at the end, not in place of the sessions.
#[tokio::test]
async fn a_damaged_part_keeps_no_session_from_being_read() {
    let server = service(|_, after, times| match (after, times) {
        ("", _) => page(&["a"], Some("2")),
        (_, 0) => page(&["b"], None).set_delay(Duration::from_secs(5)),
        // By then the damaged part has been met.
        _ => page(&["b"], None).set_delay(Duration::from_millis(500)),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let (progress, _) = watch::channel(RunProgress::default());
    let options = SyncOptions::default();
    // What the first page had is handed over by then.
    let second = async {
        while server.received_requests().await.unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    let stopped = sync(&dataset, &client, &of(&["s"]), options, second, &progress).await;
    assert_eq!(stopped.unwrap().events, 1);
    let parts = folder.path().join("_journey-events/parts");
    let part = fs::read_dir(&parts)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(&part, "damaged").unwrap();
    // The second run meets the file that the first one sealed and couldn't publish, while it reads.
    for (sources, events) in [(Sources::default(), 2), (of(&["another"]), 4)] {
        let error = sync(&dataset, &client, &sources, options, pending(), &progress).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), journey_events_dataset::ErrorKind::Damaged);
        assert_eq!(dataset.status().unwrap().totals.events, events);
    }
    let last_run = fs::read(folder.path().join("_journey-events/last-run.json")).unwrap();
    let last_run: serde_json::Value = serde_json::from_slice(&last_run).unwrap();
    assert_eq!(last_run["ended"]["reason"], "failed");
}

#[tokio::test]
async fn a_session_that_is_forgotten_while_it_is_read_is_requested_no_further() {
    let server = service(|_, after, _| {
        let number: usize = after.parse().unwrap_or(0);
        let next = (number < 1_000).then(|| (number + 1).to_string());
        page(&[&format!("e-{number}")], next.as_deref()).set_delay(Duration::from_millis(50))
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let forgetting = {
        let dataset = dataset.clone();
        async {
            while server.received_requests().await.unwrap().len() < 3 {
                tokio::task::yield_now().await;
            }
            let which = Forget::Sessions(vec!["s".to_owned()]);
            let forget = tokio::task::spawn_blocking(move || dataset.forget(&which));
            forget.await.unwrap().unwrap()
        }
    };
    let sources = of(&["s"]);
    let (report, forgotten) = tokio::join!(run(&dataset, &client, &sources), forgetting);
    assert_eq!(forgotten.sessions, ["s"]);
    assert_eq!(report.ended, Ended::Complete);
    let requests = server.received_requests().await.unwrap().len();
    assert!(requests < 200, "{requests} requests");
    assert_eq!(rows(folder.path()), 0);
}

#[tokio::test]
async fn following_reads_and_publishes_again_and_again_whatever_one_session_takes() {
    let server = service(|session, _, times| {
        if session == "slow" {
            return page(&["s"], None).set_delay(Duration::from_secs(60));
        }
        let ids: Vec<_> = (0..=times).map(|number| format!("q-{number}")).collect();
        page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), None)
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create_never_settled(folder.path(), &client);
    let (progress, _) = watch::channel(RunProgress::default());
    let three_are_published = async {
        while published(folder.path()).len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut options = SyncOptions::default();
    options.follow = Some(Duration::from_secs(1));
    let sources = of(&["slow", "quick"]);
    let stop = three_are_published;
    let report = sync(&dataset, &client, &sources, options, stop, &progress)
        .await
        .unwrap();
    assert_eq!(report.ended, Ended::Stopped);
    assert!(published(folder.path()).values().all(|times| *times == 1));
    let requests = server.received_requests().await.unwrap();
    let slow = requests
        .iter()
        .filter(|request| request.url.path().contains("slow"));
    assert_eq!(slow.count(), 1);
}

#[tokio::test]
async fn a_contact_forgotten_while_it_is_listed_adds_no_more_sessions() {
    let server = service(|id, after, _| match (id, after) {
        ("contact", "") => listing(&["s-1"], Some("2")),
        ("contact", _) => listing(&["s-2"], None).set_delay(Duration::from_secs(5)),
        _ => page(&[id], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let forgetting = {
        let dataset = dataset.clone();
        async {
            while server.received_requests().await.unwrap().len() < 2 {
                tokio::task::yield_now().await;
            }
            let which = Forget::Contact("contact".to_owned());
            let forget = tokio::task::spawn_blocking(move || dataset.forget(&which));
            forget.await.unwrap().unwrap()
        }
    };
    let sources = of_contact("contact");
    let (report, _) = tokio::join!(run(&dataset, &client, &sources), forgetting);
    assert_eq!(report.ended, Ended::Complete);
    let requests = server.received_requests().await.unwrap();
    assert!(
        requests
            .iter()
            .all(|request| !request.url.path().contains("s-2"))
    );
    assert_eq!(rows(folder.path()), 0);
}

#[tokio::test]
async fn row_83_a_worker_declared_dead_continues_its_run_and_repeats_nothing() {
    let server = service(|session, after, times| match (session, after, times) {
        ("done", ..) => page(&["d"], None),
        (_, "", _) => page(&["a"], Some("2")),
        // Longer than it takes until the worker notices.
        (_, _, 0) => page(&["b"], None).set_delay(Duration::from_secs(30)),
        _ => page(&["b"], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    assert_eq!(run(&dataset, &client, &of(&["done"])).await.events, 1);
    let sources = Sources {
        reread: Some(Reread::All),
        ..of(&["s"])
    };
    let lapse = async {
        // `done` was reread, and the first page of `s` recorded.
        let ledger = ledger(folder.path());
        let sql = "SELECT sum(events) = 2 AND sum(state = 1) = 1 FROM sessions";
        while server.received_requests().await.unwrap().len() < 4
            || !ledger
                .query_row(sql, [], |row| row.get::<_, bool>(0))
                .unwrap()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        declare_all_dead(&ledger);
    };
    let (report, ()) = tokio::join!(run(&dataset, &client, &sources), lapse);
    assert_eq!(report.ended, Ended::Complete);
    assert_eq!(published(folder.path()), once(&["a", "b", "d"]));
    let requests = server.received_requests().await.unwrap();
    let done = requests
        .iter()
        .filter(|request| request.url.path().contains("done"));
    assert_eq!(done.count(), 2);
}
