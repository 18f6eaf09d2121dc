//! What is read and recorded: all of it, once.

use std::fs;
use std::time::Duration;

use journey_events_dataset::{Ended, Malformed, Reread, RunProgress, Sources, SyncOptions, sync};
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::sync::watch;
use wiremock::ResponseTemplate;

use crate::support::{
    client, create, create_never_settled, listing, of, of_contact, once, page, page_of, published,
    rows, run, run_with, service,
};

fn without_id(json: &str) -> String {
    format!(r#"{{"eventType":"t","createdDate":"2025-03-01T10:00:00Z","name":"{json}"}}"#)
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
    assert_eq!(again.status.as_ref().unwrap().totals.settled, 30);
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
    assert_eq!(report.status.as_ref().unwrap().failures[0].id, "s");
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
        (report.ended, report.status.as_ref().unwrap().totals.failed),
        (Ended::Incomplete, 1)
    );
    assert_eq!(published(folder.path()), once(&["a", "g"]));
    let mut options = SyncOptions::default();
    options.malformed = Malformed::Skip;
    let report = run_with(&dataset, &client, &Sources::default(), options).await;
    assert_eq!(
        (
            report.ended,
            report.status.as_ref().unwrap().totals.malformed
        ),
        (Ended::Complete, 1)
    );
    assert_eq!(published(folder.path()), once(&["a", "b", "g"]));
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
