//! `report`: the data in the page, unpacked as its script does. `cli/tests/browser` checks how it looks
//! and behaves.

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

/// A page's data.
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

/// Returns an element's text, up to the first `<`.
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
async fn bad_input_is_reported_and_keeps_an_existing_report() {
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
    let of_many = |option, value| {
        let output = ["--output", text(&to), "--from", text(&many)];
        [output.as_slice(), &[option, value]].concat()
    };
    for (arguments, code, message) in [
        (vec!["--output", text(&to)], 2, "--from <PATH>"),
        (vec!["--output", text(&to), "a b"], 2, "a UUID such as"),
        (vec!["--output", here, "id"], 2, "it is a folder"),
        (vec!["--output", "-", "id"], 2, "not to stdout"),
        (vec!["--output", "/dev/null", "id"], 2, "a device or a pipe"),
        (
            vec!["--output", text(&to), "--from", &same],
            2,
            "are the same file",
        ),
        (of_many("--names", text(&many)), 2, "are the same file"),
        (
            of_many("--names", text(&long)),
            2,
            "trailing characters at line 2",
        ),
        (
            vec!["--output", "/nowhere/r.html", "id"],
            2,
            "/nowhere isn't an existing folder",
        ),
        (
            vec!["--output", text(&to), "--from", "/nowhere"],
            2,
            "can't read /nowhere",
        ),
        (of_many("--contact", "id"), 2, "cannot be used with"),
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
            ended.stderr.contains(message),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(fs::read_to_string(&to).unwrap(), "before");
    }
}

#[tokio::test]
async fn a_failure_without_events_keeps_an_existing_report() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("e"), folder.path().join("r.html"));
    fs::write(&from, "not an event\nneither is this\n").unwrap();
    let service = ["--base-url", emulator.base_url(), "gone"];
    let file = ["--from", text(&from)];
    for (source, message) in [
        (&service[..], "session gone"),
        (&file[..], "no valid events in the input"),
    ] {
        fs::write(&to, "before").unwrap();
        let ended = report(&[source, &["--output", text(&to)]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        assert!(ended.stderr.contains("was left unchanged") && !ended.stderr.contains("browser"));
        assert_eq!(fs::read_to_string(&to).unwrap(), "before");
        fs::remove_file(&to).unwrap();
        let ended = report(&[source, &["--output", text(&to)]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(Page::open(&to).problems().contains("There are no events."));
    }
}

#[tokio::test]
async fn json_exports_and_files_with_a_byte_order_mark_are_read() {
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
async fn exports_of_every_format_are_read_whatever_their_names() {
    let emulator = Emulator::builder().events(40).start().await.unwrap();
    let id = emulator.sessions()[0].id().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("r.html");
    let lines = crate::support::program::events(emulator.base_url(), &[&id]).await;
    let lines: Vec<_> = lines.stdout.lines().map(str::to_owned).collect();
    for name in [
        "e.parquet",
        "e.ndjson",
        "e.ndjson.gz",
        "e.ndjson.zst",
        "e.json",
    ] {
        let export = folder.path().join(name);
        let mut command = program(&["events", "--base-url", emulator.base_url(), "--quiet", &id]);
        let command = command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
        let ended = run(command.args(["--output", text(&export)])).await;
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        let renamed = folder.path().join("export");
        fs::rename(&export, &renamed).unwrap();
        let ended = report(&["--from", text(&renamed), "--output", text(&to)]).await;
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert_eq!(Page::open(&to).events, lines, "{name}");
    }
    // JSON as people and the service break its lines.
    let from = folder.path().join("e");
    let events = lines.join(",");
    let pretty: Value = serde_json::from_str(&format!("[{events}]")).unwrap();
    for (document, count) in [
        (format!("{{\"entities\":[{events}],\"nextUri\":null}}"), 40),
        (format!(" [{events}]"), 40),
        (serde_json::to_string_pretty(&pretty).unwrap(), 40),
        (serde_json::to_string_pretty(&pretty[0]).unwrap(), 1),
    ] {
        fs::write(&from, &document).unwrap();
        let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(Page::open(&to).events.len(), count);
    }
}

#[tokio::test]
async fn a_dataset_is_read_whole_or_by_session_and_csv_is_refused() {
    let emulator = Emulator::builder()
        .sessions(3)
        .events(30)
        .start()
        .await
        .unwrap();
    let ids: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("r.html");
    for format in ["parquet", "ndjson", "csv"] {
        let data = folder.path().join(format);
        let mut command = program(&["sync", text(&data), "--create", "--format", format]);
        let command = command.args(["--base-url", emulator.base_url(), "--quiet"]);
        let ended = run(command.args(&ids).env("GENESYSCLOUD_ACCESS_TOKEN", "any")).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let files = ["--from", text(&data), "--output", text(&to)];
        let ended = report(&files).await;
        if format == "csv" {
            assert_eq!(ended.code, Some(2));
            assert!(
                ended.stderr.contains("not the events themselves"),
                "{}",
                ended.stderr
            );
            continue;
        }
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(Page::open(&to).events.len(), 90);
        let ended = report(&[&files[..], &ids[1..2]].concat()).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(Page::open(&to).events_of_sessions(), [(ids[1], 30)]);
        let ended = report(&[&files[..], &[ids[0], "s-unknown"]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended
                .stderr
                .contains("session s-unknown isn't in the input\n  next:")
        );
        assert_eq!(Page::open(&to).events_of_sessions(), [(ids[0], 30)]);
        let ended = report(&[&files[..], &["s-unknown"]].concat()).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("was left unchanged"),
            "{}",
            ended.stderr
        );
        assert_eq!(Page::open(&to).events_of_sessions(), [(ids[0], 30)]);
    }
    // CSV without its name, and a bucket.
    let from = folder.path().join("unnamed");
    fs::write(&from, "event_id,session_id\n1,2\n").unwrap();
    let ended = report(&["--from", text(&from), "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("not the events themselves"));
    let ended = report(&["--from", "s3://bucket/data", "--output", text(&to)]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("only a dataset in a folder"));
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn open_opens_the_report_in_the_browser() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("e"), "{\"eventType\":\"x\"}\n").unwrap();
    let script = format!("#!/bin/sh\necho \"$1\" > {}\n", path("opened").display());
    let (browser, to, opened) = (path("xdg-open"), path("r.html"), path("opened"));
    let made = std::process::Command::new("mkfifo").arg(&opened).status();
    assert!(made.unwrap().success());
    let reading = tokio::task::spawn_blocking(move || fs::read_to_string(opened).unwrap());
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["report", "--open", "--from", "e", "--output", "r.html"];
    let mut command = program(&arguments);
    let command = command.current_dir(folder.path());
    let search = format!("{}:/bin:/usr/bin", folder.path().display());
    let ended = run(command.env("PATH", search)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let opened = tokio::time::timeout(std::time::Duration::from_secs(60), reading);
    let opened = opened.await.unwrap().unwrap();
    assert_eq!(Path::new(opened.trim()), fs::canonicalize(&to).unwrap());
    // Without a browser the report is still there.
    fs::remove_file(&to).unwrap();
    let mut command = program(&arguments);
    let command = command.current_dir(folder.path());
    let ended = run(command.env("PATH", "/nowhere")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("can't open a browser") && to.exists());
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

#[tokio::test]
async fn the_report_command_that_demo_prints_works() {
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
