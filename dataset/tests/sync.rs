//! Whole runs over real sockets and a real disk.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use journey_events::{Client, RateLimit, RetryPolicy};
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{
    Dataset, Ended, Forget, LedgerOptions, Malformed, PartitionBy, Report, Reread, RunProgress,
    Settings, Sources, SyncOptions, sync,
};
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::sync::watch;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn client(base_url: &str) -> Client {
    let builder = Client::builder().base_url(base_url).access_token("any");
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(1));
    let builder = builder.retry_policy(retry.max_delay(Duration::from_millis(20)));
    builder.rate_limit(RateLimit::unlimited()).build().unwrap()
}

fn create(root: &Path, client: &Client) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    Dataset::create(root, settings, &LedgerOptions::default()).unwrap()
}

/// Its sessions stay open, so that each run continues them.
fn create_never_settled(root: &Path, client: &Client) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    settings.settle_seconds = 100 * 365 * 86_400;
    Dataset::create(root, settings, &LedgerOptions::default()).unwrap()
}

fn of(sessions: &[&str]) -> Sources {
    Sources {
        sessions: sessions.iter().map(|id| (*id).to_owned()).collect(),
        ..Sources::default()
    }
}

async fn run(dataset: &Dataset, client: &Client, sources: &Sources) -> Report {
    run_with(dataset, client, sources, SyncOptions::default()).await
}

async fn run_with(
    dataset: &Dataset,
    client: &Client,
    sources: &Sources,
    options: SyncOptions,
) -> Report {
    let (progress, _) = watch::channel(RunProgress::default());
    let stop = pending();
    sync(dataset, client, sources, options, stop, &progress)
        .await
        .unwrap()
}

/// How often each event id is in the files.
fn published(root: &Path) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            for line in fs::read_to_string(path).unwrap().lines() {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                *ids.entry(event["id"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
    }
    ids
}

fn once(ids: &[&str]) -> BTreeMap<String, usize> {
    ids.iter().map(|id| ((*id).to_owned(), 1)).collect()
}

/// A service that answers as `answer` says: by session, cursor, and how often both were requested before.
async fn service(
    answer: impl Fn(&str, &str, usize) -> ResponseTemplate + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::start().await;
    let seen = std::sync::Mutex::new(BTreeMap::<(String, String), usize>::new());
    let respond = move |request: &Request| {
        let session = request.url.path().split('/').nth(5).unwrap().to_owned();
        let mut query = request.url.query_pairs();
        let after = query.find(|(name, _)| name == "after");
        let after = after
            .map(|(_, cursor)| cursor.into_owned())
            .unwrap_or_default();
        let mut seen = seen.lock().unwrap();
        let times = seen.entry((session.clone(), after.clone())).or_default();
        *times += 1;
        answer(&session, &after, *times - 1)
    };
    Mock::given(any())
        .respond_with(respond)
        .mount(&server)
        .await;
    server
}

fn page(ids: &[&str], next: Option<&str>) -> ResponseTemplate {
    let event = |id: &&str| {
        format!(r#"{{"id":"{id}","eventType":"t","createdDate":"2025-03-01T10:00:00Z"}}"#)
    };
    page_of(&ids.iter().map(event).collect::<Vec<_>>(), next)
}

fn page_of(events: &[String], next: Option<&str>) -> ResponseTemplate {
    let next = next.map_or_else(String::new, |cursor| {
        format!(r#","nextUri":"/api/v2/journey/sessions/s/events?after={cursor}""#)
    });
    let body = format!(r#"{{"entities":[{}]{next}}}"#, events.join(","));
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

#[tokio::test]
async fn a_backfill_is_complete_and_settled_in_one_run_and_the_next_requests_nothing() {
    let builder = Emulator::builder().sessions(30).events(250);
    let emulator = builder.start().await.unwrap();
    let client = client(emulator.base_url());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let report = run(&dataset, &client, &of(&sessions)).await;
    assert_eq!((&report.ended, report.events), (&Ended::Complete, 30 * 250));
    assert_eq!(report.requests, 30 * 2);
    let published = published(folder.path());
    assert_eq!(published.len(), 30 * 250);
    assert!(published.values().all(|times| *times == 1));
    let again = run(&dataset, &client, &Sources::default()).await;
    assert_eq!((again.ended, again.requests), (Ended::Complete, 0));
    assert_eq!(again.status.totals.settled, 30);
    let last_run = fs::read(folder.path().join("_journey-events/last-run.json")).unwrap();
    let last_run: serde_json::Value = serde_json::from_slice(&last_run).unwrap();
    assert_eq!(last_run["ended"]["reason"], "complete");
}

#[tokio::test]
async fn the_sessions_of_a_contact_are_found_and_read() {
    let emulator = Emulator::builder()
        .sessions(6)
        .events(10)
        .start()
        .await
        .unwrap();
    let client = client(emulator.base_url());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let sources = Sources {
        contacts: emulator.contacts().to_vec(),
        ..Sources::default()
    };
    let report = run(&dataset, &client, &sources).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 60));
    assert_eq!(published(folder.path()).len(), 60);
}

#[tokio::test]
async fn row_82_a_refused_cursor_restarts_the_session_and_doubles_nothing() {
    let server = service(|_, after, times| match (after, times) {
        ("", _) => page(&["a", "b"], Some("2")),
        ("2", 0) => ResponseTemplate::new(410),
        _ => page(&["c"], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let report = run(&create(folder.path(), &client), &client, &of(&["s"])).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 3));
    assert_eq!(published(folder.path()), once(&["a", "b", "c"]));
}

#[tokio::test]
async fn a_cursor_that_is_refused_again_fails_its_session_and_keeps_what_was_received() {
    let server = service(|_, after, _| match after {
        "" => page(&["a", "b"], Some("2")),
        _ => ResponseTemplate::new(410),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let report = run(&create(folder.path(), &client), &client, &of(&["s"])).await;
    assert_eq!(report.ended, Ended::Incomplete);
    assert_eq!(report.status.failures[0].id, "s");
    assert_eq!(report.requests, 4);
    assert_eq!(published(folder.path()), once(&["a", "b"]));
}

#[tokio::test]
async fn a_malformed_event_fails_its_session_unless_it_is_skipped_and_counted() {
    let server = service(|session, _, _| match session {
        "good" => page(&["g"], None),
        _ => page_of(
            &[
                r#"{"id":"a","eventType":"t"}"#.to_owned(),
                "42".to_owned(),
                r#"{"id":"b","eventType":"t"}"#.to_owned(),
            ],
            None,
        ),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let report = run(&dataset, &client, &of(&["odd", "good"])).await;
    assert_eq!(
        (report.ended, report.status.totals.failed),
        (Ended::Incomplete, 1)
    );
    assert_eq!(published(folder.path()), once(&["a", "g"]));
    let mut options = SyncOptions::default();
    options.malformed = Malformed::Skip;
    let report = run_with(&dataset, &client, &Sources::default(), options).await;
    assert_eq!(
        (report.ended, report.status.totals.malformed),
        (Ended::Complete, 1)
    );
    assert_eq!(published(folder.path()), once(&["a", "b", "g"]));
}

#[tokio::test]
async fn row_88_no_session_fails_for_an_outage() {
    static DOWN: AtomicUsize = AtomicUsize::new(0);
    let server = service(|session, after, _| {
        // Everything is refused 60 times in a row once the first page was served.
        let is_down = session == "s-1" || DOWN.load(Relaxed) > 0;
        if is_down && DOWN.fetch_add(1, Relaxed) < 60 {
            return ResponseTemplate::new(503);
        }
        match after {
            "" => page(&[&format!("{session}-a")], Some("2")),
            _ => page(&[&format!("{session}-b")], None),
        }
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let sessions = ["s-0", "s-1", "s-2", "s-3"];
    let report = run(&create(folder.path(), &client), &client, &of(&sessions)).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 8));
    assert_eq!(published(folder.path()).len(), 8);
}

#[tokio::test]
async fn a_session_that_alone_fails_holds_up_neither_others_nor_the_end() {
    for others in [&["a", "b"][..], &[]] {
        let server = service(|session, _, _| match session {
            "broken" => ResponseTemplate::new(500),
            _ => page(&[session], None),
        })
        .await;
        let client = client(&server.uri());
        let folder = tempfile::tempdir().unwrap();
        let sessions = [others, &["broken"]].concat();
        let report = run(&create(folder.path(), &client), &client, &of(&sessions)).await;
        assert_eq!(
            (report.ended, report.status.totals.failed),
            (Ended::Incomplete, 1)
        );
        assert_eq!(published(folder.path()), once(others));
        let requests = server.received_requests().await.unwrap();
        let broken = requests
            .iter()
            .filter(|request| request.url.path().contains("broken"));
        // Three times as often as the client tries a request.
        assert_eq!(broken.count(), 3 * 5, "{others:?}");
    }
}

#[tokio::test]
async fn row_88_a_token_that_is_refused_ends_the_run_and_keeps_what_was_received() {
    let server = service(|_, after, times| match (after, times) {
        ("", 0) => page(&["a"], Some("2")),
        _ => ResponseTemplate::new(401),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let report = run(&dataset, &client, &of(&["s"])).await;
    assert!(
        matches!(report.ended, Ended::GaveUp { .. }),
        "{:?}",
        report.ended
    );
    assert_eq!(report.status.totals.failed, 0);
    assert_eq!(published(folder.path()), once(&["a"]));
}

#[tokio::test]
async fn a_session_that_is_not_there_is_not_a_failure_of_the_others() {
    let server = service(|session, _, _| match session {
        "gone" => ResponseTemplate::new(404),
        _ => page(&[session], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let report = run(
        &create(folder.path(), &client),
        &client,
        &of(&["gone", "a"]),
    )
    .await;
    assert_eq!(report.ended, Ended::Incomplete);
    assert_eq!(published(folder.path()), once(&["a"]));
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

fn without_id(json: &str) -> String {
    format!(r#"{{"eventType":"t","createdDate":"2025-03-01T10:00:00Z","name":"{json}"}}"#)
}

/// How many rows the files have.
fn rows(root: &Path) -> usize {
    let mut rows = 0;
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            rows += fs::read_to_string(path).unwrap().lines().count();
        }
    }
    rows
}

#[tokio::test]
async fn equal_events_without_an_id_are_all_kept_also_when_a_read_is_resumed_between_them() {
    let equal = || without_id("equal");
    let server = service(move |_, after, times| match (after, times) {
        ("", _) => page_of(&[equal()], Some("2")),
        ("2", 0) => page_of(&[equal()], None).set_delay(Duration::from_secs(5)),
        _ => page_of(&[equal()], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let (progress, _) = watch::channel(RunProgress::default());
    let second = async {
        while server.received_requests().await.unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    let options = SyncOptions::default();
    let sources = of(&["s"]);
    let report = sync(&dataset, &client, &sources, options, second, &progress)
        .await
        .unwrap();
    assert_eq!((report.ended, report.events), (Ended::Stopped, 1));
    let report = run(&dataset, &client, &Sources::default()).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 1));
    assert_eq!(rows(folder.path()), 2);
    let sources = Sources {
        reread: Some(Reread::All),
        ..Sources::default()
    };
    let report = run(&dataset, &client, &sources).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 0));
    assert_eq!(rows(folder.path()), 2);
}

#[tokio::test]
async fn an_event_that_the_service_moved_to_a_later_page_is_not_recorded_again() {
    let server = service(|_, after, times| match (after, times) {
        ("", 0) => page(&["a", "b"], None),
        ("", _) => page(&["new", "b"], Some("2")),
        _ => page(&["a", "c"], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create_never_settled(folder.path(), &client);
    assert_eq!(run(&dataset, &client, &of(&["s"])).await.events, 2);
    let report = run(&dataset, &client, &Sources::default()).await;
    assert_eq!((report.ended, report.events), (Ended::Complete, 2));
    assert_eq!(published(folder.path()), once(&["a", "b", "c", "new"]));
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
            return page(&["s"], None).set_delay(Duration::from_mins(1));
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

/// A contact's listing.
fn listing(sessions: &[&str], next: Option<&str>) -> ResponseTemplate {
    let session = |id: &&str| {
        format!(r#"{{"id":"{id}","lastEventDate":"2099-01-01T00:00:00Z","eventCount":1}}"#)
    };
    page_of(&sessions.iter().map(session).collect::<Vec<_>>(), next)
}

fn of_contact(id: &str) -> Sources {
    Sources {
        contacts: vec![id.to_owned()],
        ..Sources::default()
    }
}

/// The clock of the visitor's device is ahead.
#[tokio::test]
async fn a_date_to_come_does_not_open_a_settled_session_in_every_run() {
    let server = service(|id, _, _| match id {
        "contact" => listing(&["s"], None),
        _ => page(&["a"], None),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client);
    let report = run(&dataset, &client, &of_contact("contact")).await;
    assert_eq!((report.ended, report.settled), (Ended::Complete, 1));
    let report = run(&dataset, &client, &Sources::default()).await;
    assert_eq!((report.ended, report.requests), (Ended::Complete, 1));
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
