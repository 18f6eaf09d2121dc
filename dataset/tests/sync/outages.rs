//! Failures of the service, and of one session.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use journey_events_dataset::Ended;
use wiremock::ResponseTemplate;

use crate::support::{client, create, of, once, page, published, run, service};

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
            (report.ended, report.status.as_ref().unwrap().totals.failed),
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
    assert_eq!(report.status.as_ref().unwrap().totals.failed, 0);
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
