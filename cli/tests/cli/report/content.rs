//! What is in a page.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use journey_events_emulator::{Emulator, SessionInfo};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Page, report, text};
use crate::support::service;

#[tokio::test]
async fn sessions_and_their_export_produce_the_same_report() {
    let emulator = Emulator::builder()
        .sessions(3)
        .events(450)
        .start()
        .await
        .unwrap();
    let ids: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let folder = tempfile::tempdir().unwrap();
    let [direct, export, from_export, contact] =
        ["direct.html", "e.ndjson", "export.html", "contact.html"]
            .map(|name| folder.path().join(name));
    let url = emulator.base_url();
    let mut arguments = vec!["--base-url", url, "--output", text(&direct)];
    arguments.extend(&ids);
    let ended = report(&arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("1350 events in "), "{}", ended.stderr);

    let lines = crate::support::program::events(url, &ids).await.stdout;
    fs::write(&export, &lines).unwrap();
    let ended = report(&["--from", text(&export), "--output", text(&from_export)]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let of_contact = ["--contact", &emulator.contacts()[0]];
    let output = ["--base-url", url, "--quiet", "--output", text(&contact)];
    let ended = report(&[&of_contact[..], &output].concat()).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));

    let page = Page::open(&direct);
    assert_eq!(page.events, lines.lines().collect::<Vec<_>>());
    // Sessions are sorted by their first events, whatever order they were requested in.
    let mut listed = page.events_of_sessions();
    listed.sort_unstable();
    let mut expected: Vec<_> = ids.iter().map(|id| (*id, 450)).collect();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    let firsts = page.model["sessions"].as_array().unwrap();
    let firsts = firsts.iter().map(|session| session["first"].as_i64());
    assert!(firsts.is_sorted());
    for (row, event) in page.events.iter().enumerate() {
        let session = page.model["rows"]["session"][row].as_u64().unwrap();
        let id = page.model["sessions"][usize::try_from(session).unwrap()]["id"].clone();
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!(event["session"]["id"], id);
    }
    assert_eq!(page.model["problems"], serde_json::json!([]));
    let customers = |page: &Page| page.model["customers"].as_array().unwrap().len();
    assert_eq!(customers(&page), 1, "by their customer id");
    let of_contact = &Page::open(&contact).model["customers"][0];
    let [of_contact, cookie] = &of_contact["ids"]["values"].as_array().unwrap()[..] else {
        panic!("{of_contact}")
    };
    assert_eq!(of_contact["type"], "contact");
    assert_eq!(of_contact["id"], emulator.contacts()[0]);
    assert_eq!(cookie["type"], "cookie");
    for other in [from_export, contact] {
        let other = Page::open(&other);
        assert_eq!(other.events, page.events);
        for part in ["sessions", "rows", "strings"] {
            assert_eq!(other.model[part], page.model[part], "{part}");
        }
    }
}

#[tokio::test]
async fn attack_10_event_text_is_never_html_and_only_the_pages_own_script_may_run() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let hostile = "</script><script>alert(1)</script><!--<script>";
    let event = format!(
        r#"{{"eventType":"com.genesys.journey.WebEvent","id":"{hostile}","session":{{"id":"{hostile}"}},"webEvent":{{"eventName":"{hostile}","page":{{"title":"{hostile}"}}}},"{hostile}":0}}"#
    );
    fs::write(&from, format!("{event}\n{hostile}\n")).unwrap();
    let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let page = Page::open(&to);
    assert_eq!(page.events, [event]);
    assert!(!page.html.contains("alert"));
    assert_eq!(page.html.matches("<script").count(), 3);
    for name in ["script", "style"] {
        let (_, rest) = page.html.rsplit_once(&format!("<{name}>")).unwrap();
        let (own, _) = rest.split_once(&format!("</{name}>")).unwrap();
        let hash = BASE64.encode(Sha256::digest(own));
        let allowed = format!("{name}-src 'sha256-{hash}';");
        assert!(page.html.contains(&allowed), "{allowed}");
    }
    let begin = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
    let policy = page.html.find(begin).unwrap();
    assert!(policy < page.html.find("<style>").unwrap());
}

#[tokio::test]
async fn problems_are_listed_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let session = r#""session":{"id":"s"}"#;
    let lines = [
        format!(
            r#"{{"eventType":"x.NewEvent","id":"1","createdDate":"2026-01-01T10:00:00Z",{session}}}"#
        ),
        "not an event".to_owned(),
        format!(
            r#"{{"eventType":"x.NewEvent","id":"2","createdDate":"2026-01-01T09:59:58Z",{session}}}"#
        ),
        format!(r#"{{"eventType":"x.NewEvent","id":"3","createdDate":"soon",{session}}}"#),
        format!(r#"{{"eventType":"x.NewEvent","id":"3","createdDate":"soon",{session}}}"#),
        format!(r#"{{"eventType":"x.NewEvent","id":"3",{session}}}"#),
        r#"{"eventType":"x.NewEvent","createdDate":"2026-01-01T10:00:00Z"}"#.to_owned(),
    ];
    fs::write(&from, lines.join("\n")).unwrap();
    let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("some lines aren't valid events"),
        "{}",
        ended.stderr
    );
    let page = Page::open(&to);
    assert_eq!(page.events_of_sessions(), [("s", 4), ("", 1)]);
    for expected in [
        "1 line skipped, not a valid event: 2.",
        "1 duplicate event skipped.",
        "2 events without a valid date",
        "1 event without an id",
        "1 event without a session id",
        "1 event with the id of another event",
        "1 event up to 2 s earlier than the event before",
        "5 events of a type unknown to this version: NewEvent.",
    ] {
        assert!(
            page.problems().contains(expected),
            "{expected}: {}",
            page.problems()
        );
    }
    fs::write(&from, "").unwrap();
    let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(0));
    assert!(Page::open(&to).problems().contains("There are no events."));
}

#[tokio::test]
async fn a_failed_session_keeps_the_events_received_so_far() {
    let server = wiremock::MockServer::start().await;
    let event = r#"{"eventType":"x","id":"1"}"#;
    service::first(&server, service::page(event, Some("c2"))).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("r.html");
    let arguments = [
        "--base-url",
        &server.uri(),
        "--output",
        text(&to),
        service::SESSION,
        "gone",
    ];
    let ended = report(&arguments).await;
    assert_eq!(ended.code, Some(1));
    let page = Page::open(&to);
    assert_eq!(page.events, [event]);
    for expected in [
        format!("Session {} is incomplete", service::SESSION),
        "Session gone is incomplete".to_owned(),
        "Events received: 1.".to_owned(),
        "Events received: 0.".to_owned(),
    ] {
        assert!(
            page.problems().contains(&expected),
            "{expected}: {}",
            page.problems()
        );
    }
    assert!(ended.stderr.contains("session gone"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_duplicate_event_is_counted_once_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let [one, other] = [
        r#"{"eventType":"x","id":"1"}"#,
        r#"{"eventType":"y","id":"1"}"#,
    ];
    let without_id = r#"{"eventType":"x","id":""}"#;
    fs::write(
        &from,
        [one, other, one, other, without_id, without_id].join("\n"),
    )
    .unwrap();
    report(&["--from", text(&from), "--output", text(&to)]).await;
    let page = Page::open(&to);
    assert_eq!(page.events, [one, other, without_id, without_id]);
    for expected in [
        "2 duplicate events skipped",
        "1 event with the id of another event",
        "2 events without an id",
    ] {
        assert!(page.problems().contains(expected), "{}", page.problems());
    }
}

#[tokio::test]
async fn since_until_and_idle_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let lines: String = ["09:00", "10:00", "10:02", "10:05", "11:00"]
        .map(|at| format!("{{\"eventType\":\"x\",\"createdDate\":\"2026-01-01T{at}:00Z\"}}\n"))
        .concat();
    fs::write(&from, lines).unwrap();
    let span = [
        "--since",
        "2026-01-01T10:00:00Z",
        "--until",
        "2026-01-01T11:00:00Z",
    ];
    let files = [
        "--from",
        text(&from),
        "--output",
        text(&to),
        "--idle",
        "180",
    ];
    let ended = report(&[&span[..], &files].concat()).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let page = Page::open(&to);
    assert_eq!(page.events.len(), 3);
    let session = &page.model["sessions"][0];
    assert_eq!(session["active"], 120_000);
    assert_eq!(session["idle"].as_array().unwrap().len(), 1);
    let idle = &session["idle"][0];
    assert_eq!(
        idle["to"].as_i64().unwrap() - idle["from"].as_i64().unwrap(),
        180_000
    );
    assert_eq!((&idle["before"], &idle["after"]), (&1.into(), &2.into()));
}
