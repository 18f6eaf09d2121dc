//! `report`: the page, opened as its script opens it. How it looks and acts is checked in a browser, by
//! `cli/tests/browser`.

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use journey_events_emulator::{Emulator, SessionInfo};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::program::{Ended, program, run};
use crate::support::service;

/// What a page holds.
struct Page {
    html: String,
    model: Value,
    events: Vec<String>,
}

impl Page {
    fn open(path: &Path) -> Self {
        let html = fs::read_to_string(path).unwrap();
        let model = unzipped(element(&html, "<script type=\"text/plain\" id=\"model\">"));
        let blocks = element(&html, "<script type=\"text/plain\" id=\"events\">");
        let lines: String = blocks.lines().map(unzipped).collect();
        Self {
            model: serde_json::from_str(&model).unwrap(),
            events: lines.lines().map(str::to_owned).collect(),
            html,
        }
    }

    fn problems(&self) -> String {
        self.model["problems"].to_string()
    }

    fn events_of_sessions(&self) -> Vec<(&str, u64)> {
        let sessions = self.model["sessions"].as_array().unwrap();
        sessions
            .iter()
            .map(|session| {
                let events = session["events"].as_u64().unwrap();
                (session["id"].as_str().unwrap(), events)
            })
            .collect()
    }
}

/// The text of an element, up to the first thing that could end it.
fn element<'a>(html: &'a str, begin: &str) -> &'a str {
    let (_, rest) = html.split_once(begin).unwrap();
    rest.split_once('<').unwrap().0
}

fn unzipped(base64: &str) -> String {
    let bytes = BASE64.decode(base64.trim()).unwrap();
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

async fn report(arguments: &[&str]) -> Ended {
    let mut command = program(&["report"]);
    run(command
        .args(arguments)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any"))
    .await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn sessions_of_the_service_and_an_export_of_them_give_the_same_report() {
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
    // Sessions stand in the order of their first events, whatever the order they were asked for in.
    let mut told = page.events_of_sessions();
    told.sort_unstable();
    let mut expected: Vec<_> = ids.iter().map(|id| (*id, 450)).collect();
    expected.sort_unstable();
    assert_eq!(told, expected);
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
    for other in [from_export, contact] {
        let other = Page::open(&other);
        assert_eq!(other.events, page.events);
        for part in ["sessions", "rows", "texts"] {
            assert_eq!(other.model[part], page.model[part], "{part}");
        }
    }
}

#[tokio::test]
async fn attack_10_nothing_of_an_event_is_html_and_only_what_is_ours_may_run() {
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
        let (ours, _) = rest.split_once(&format!("</{name}>")).unwrap();
        let hash = BASE64.encode(Sha256::digest(ours));
        let allowed = format!("{name}-src 'sha256-{hash}';");
        assert!(page.html.contains(&allowed), "{allowed}");
    }
    let begin = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
    let policy = page.html.find(begin).unwrap();
    assert!(policy < page.html.find("<style>").unwrap());
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let session = r#""session":{"id":"s"}"#;
    let lines = [
        format!(
            r#"{{"eventType":"x.NewEvent","id":"1","createdDate":"2026-01-01T10:00:00Z",{session}}}"#
        ),
        "no event".to_owned(),
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
        ended.stderr.contains("some lines are no events"),
        "{}",
        ended.stderr
    );
    let page = Page::open(&to);
    assert_eq!(page.events_of_sessions(), [("s", 4), ("", 1)]);
    for told in [
        "1 line left out, as no event can be read there: 2.",
        "1 event there twice, counted once.",
        "2 events without a date",
        "1 event without an id",
        "1 event without a session's id",
        "1 event with the id of another one",
        "1 event earlier than the one before, by up to 2 s",
        "5 events of a type that this version does not know: NewEvent.",
    ] {
        assert!(
            page.problems().contains(told),
            "{told}: {}",
            page.problems()
        );
    }
    fs::write(&from, "").unwrap();
    let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(0));
    assert!(Page::open(&to).problems().contains("There are no events."));
}

#[tokio::test]
async fn a_session_that_fails_leaves_what_came_in_the_report() {
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
    for told in [
        format!("Session {} could not be read to its end", service::SESSION),
        "Session gone could not be read to its end".to_owned(),
        "Events of it that came: 1.".to_owned(),
        "Events of it that came: 0.".to_owned(),
    ] {
        assert!(
            page.problems().contains(&told),
            "{told}: {}",
            page.problems()
        );
    }
    assert!(ended.stderr.contains("session gone"), "{}", ended.stderr);
}

#[tokio::test]
async fn bad_input_is_named_and_leaves_a_report_that_is_there_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("r.html");
    fs::write(&to, "before").unwrap();
    let many = folder.path().join("many");
    let session = |number| format!("{{\"eventType\":\"x\",\"session\":{{\"id\":\"{number}\"}}}}");
    let sessions: Vec<_> = (0..=200).map(session).collect();
    fs::write(&many, sessions.join("\n")).unwrap();
    let long = folder.path().join("long");
    fs::write(&long, "{\"eventType\":\"x\"}\n".repeat(500_001)).unwrap();
    let here = text(folder.path());
    let same = format!("{here}/./r.html");
    for (arguments, code, told) in [
        (vec!["--output", text(&to)], 2, "--from <FILE>"),
        (vec!["--output", text(&to), "a b"], 2, "a UUID such as"),
        (vec!["--output", here, "id"], 2, "it is a folder"),
        (vec!["--output", "-", "id"], 2, "not to stdout"),
        (vec!["--output", "/dev/null", "id"], 2, "a device or a pipe"),
        (
            vec!["--output", text(&to), "--from", &same],
            2,
            "it is what is read",
        ),
        (
            vec!["--output", "/nowhere/r.html", "id"],
            2,
            "/nowhere is no folder",
        ),
        (
            vec!["--output", text(&to), "--from", "/nowhere"],
            2,
            "/nowhere can't be read",
        ),
        (
            vec!["--output", text(&to), "--from", text(&many), "id"],
            2,
            "cannot be used with",
        ),
        (
            vec!["--output", text(&to), "--idle", "0", "id"],
            2,
            "1..=86400",
        ),
        (
            vec!["--output", text(&to), "--from", text(&many)],
            1,
            "more than 200 sessions",
        ),
        (
            vec!["--output", text(&to), "--from", text(&long)],
            1,
            "more than 500000 events",
        ),
    ] {
        let ended = report(&arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(fs::read_to_string(&to).unwrap(), "before");
    }
}

#[tokio::test]
async fn where_nothing_came_of_a_failure_a_report_that_is_there_stays() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    fs::write(&from, "no event\nnone either\n").unwrap();
    let service = ["--base-url", emulator.base_url(), "gone"];
    let file = ["--from", text(&from)];
    for (source, told) in [
        (&service[..], "session gone"),
        (&file[..], "no line is an event"),
    ] {
        fs::write(&to, "before").unwrap();
        let ended = report(&[source, &["--output", text(&to)]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert!(ended.stderr.contains("is as it was") && !ended.stderr.contains("browser"));
        assert_eq!(fs::read_to_string(&to).unwrap(), "before");
        fs::remove_file(&to).unwrap();
        let ended = report(&[source, &["--output", text(&to)]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(Page::open(&to).problems().contains("There are no events."));
    }
}

#[tokio::test]
async fn exports_as_json_and_files_with_a_byte_order_mark_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let events = [
        r#"{"eventType":"x","id":"1"}"#,
        r#"{"eventType":"x","id":"2"}"#,
    ];
    let lines = events.join("\n");
    let array = format!("[\n{}\n]\n", events.join(",\n"));
    for file in [
        format!("\u{feff}{lines}"),
        array.replace('\n', "\r\n"),
        array,
    ] {
        fs::write(&from, file).unwrap();
        let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(Page::open(&to).events, events);
    }
}

#[tokio::test]
async fn an_event_that_is_there_twice_is_counted_once_wherever_its_copy_is() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    let [one, other] = [
        r#"{"eventType":"x","id":"1"}"#,
        r#"{"eventType":"y","id":"1"}"#,
    ];
    let nameless = r#"{"eventType":"x","id":""}"#;
    fs::write(
        &from,
        [one, other, one, other, nameless, nameless].join("\n"),
    )
    .unwrap();
    report(&["--from", text(&from), "--output", text(&to)]).await;
    let page = Page::open(&to);
    assert_eq!(page.events, [one, other, nameless, nameless]);
    for told in [
        "2 events there twice",
        "1 event with the id of another one",
        "2 events without an id",
    ] {
        assert!(page.problems().contains(told), "{}", page.problems());
    }
}

#[tokio::test]
#[cfg(unix)]
async fn attack_13_only_the_owner_can_read_a_report() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    fs::write(&from, "").unwrap();
    report(&["--from", text(&from), "--output", text(&to)]).await;
    let mode = fs::metadata(&to).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn since_until_and_idle_choose_what_is_in_the_report() {
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

#[tokio::test]
async fn demo_says_how_to_see_its_events_as_a_report_and_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(&mut program(&["demo", "--events", "30"])).await;
    let (_, command) = ended.stderr.split_once("in a browser: ").unwrap();
    let command = command.lines().next().unwrap();
    let mut shell = tokio::process::Command::new("sh");
    let shell = shell.args(["-c", command]).current_dir(folder.path());
    let shell = shell.stderr(std::process::Stdio::null());
    assert!(shell.status().await.unwrap().success(), "{command}");
    let page = Page::open(&folder.path().join("report.html"));
    assert_eq!(page.events, ended.lines());
}
