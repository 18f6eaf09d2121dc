//! Exports into files: formats, kills, failures, filters.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use journey_events_emulator::{Emulator, SessionInfo};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use tokio::time::sleep;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::program::{Ended, Running, events, program, run};

const FORMATS: [&str; 4] = ["ndjson", "json", "csv", "parquet"];

/// Reads a file's event ids by session, in file order.
fn ids(file: &Path, format: &str) -> BTreeMap<String, Vec<String>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |session: &str, id: &str| {
        ids.entry(session.to_owned())
            .or_default()
            .push(id.to_owned());
    };
    let of_json = |event: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (text(&event["session"]["id"]), text(&event["id"]))
    };
    let text = || fs::read_to_string(file).unwrap();
    match format {
        "ndjson" => {
            for line in text().lines() {
                let (session, id) = of_json(&serde_json::from_str(line).unwrap());
                add(&session, &id);
            }
        }
        "json" => {
            for event in serde_json::from_str::<Vec<serde_json::Value>>(&text()).unwrap() {
                let (session, id) = of_json(&event);
                add(&session, &id);
            }
        }
        "csv" => {
            let mut reader = csv::Reader::from_path(file).unwrap();
            for record in reader.records() {
                let record = record.unwrap();
                add(&record[3], &record[0]);
            }
        }
        "parquet" => {
            let reader = SerializedFileReader::try_from(file).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let row = row.unwrap();
                add(row.get_string(3).unwrap(), row.get_string(0).unwrap());
                // Its place since it was published; newer columns are after it.
                let json = row.get_string(52).unwrap();
                let (_, id) = of_json(&serde_json::from_str(json).unwrap());
                assert_eq!(&id, row.get_string(0).unwrap());
            }
        }
        other => panic!("{other}"),
    }
    ids
}

/// Returns the event ids of all sessions, exported to stdout.
async fn truth(emulator: &Emulator) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("truth");
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let ended = events(emulator.base_url(), &sessions).await;
    fs::write(&file, ended.stdout).unwrap();
    ids(&file, "ndjson")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn export(emulator: &Emulator, arguments: &[&str]) -> Ended {
    events(emulator.base_url(), arguments).await
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn every_format_has_every_event_once_in_one_file_or_one_per_session() {
    let emulator = Emulator::builder()
        .sessions(5)
        .events(450)
        .start()
        .await
        .unwrap();
    let truth = truth(&emulator).await;
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let file = folder.path().join(format!("all.{format}"));
        let mut arguments = sessions.clone();
        arguments.extend(["--format", format, "--output", text(&file)]);
        let ended = export(&emulator, &arguments).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), ""),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("2250 events"), "{}", ended.stderr);
        assert_eq!(ids(&file, format), truth);

        let each = folder.path().join(format!("each-{format}/"));
        *arguments.last_mut().unwrap() = text(&each);
        let ended = export(&emulator, &arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(names(&each).len(), sessions.len());
        for session in &sessions {
            let read = ids(&each.join(format!("{session}.{format}")), format);
            assert_eq!(read[*session], truth[*session]);
        }
    }
    assert_eq!(names(folder.path()).len(), 8, "{:?}", names(folder.path()));
}

#[tokio::test]
async fn stdout_supports_json_and_csv_but_not_parquet() {
    let emulator = Emulator::builder().events(250).start().await.unwrap();
    let truth = truth(&emulator).await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    for format in ["json", "csv"] {
        let ended = export(&emulator, &[session, "--format", format]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let file = folder.path().join(format);
        fs::write(&file, ended.stdout).unwrap();
        assert_eq!(ids(&file, format), truth);
    }
    let ended = export(&emulator, &[session, "--format", "parquet"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--output"), "{}", ended.stderr);
}

#[tokio::test]
async fn an_export_has_the_columns_of_a_dataset_but_the_time_of_a_sync() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let [csv, parquet] = ["csv", "parquet"].map(|format| folder.path().join(format));
    for file in [&csv, &parquet] {
        let format = file.file_name().unwrap().to_str().unwrap();
        let arguments = [session, "--format", format, "--output", text(file)];
        let ended = export(&emulator, &arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let header = reader.headers().unwrap();
    let last: Vec<_> = header.iter().skip(51).collect();
    assert_eq!(last, ["error_code", "attributes", "traits"]);
    let reader = SerializedFileReader::try_from(parquet.as_path()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let last: Vec<_> = schema.columns()[51..]
        .iter()
        .map(|column| column.name())
        .collect();
    assert_eq!(last, ["error_code", "json", "attributes", "traits"]);
}

/// How often an export is killed; the full catalogue sets KILLS to 100.
fn kills() -> u32 {
    std::env::var("KILLS").map_or(8, |number| number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn row_60_an_export_killed_at_any_moment_resumes_to_every_event_once_in_every_format() {
    let latency = Duration::from_millis(25);
    let emulator = Emulator::builder().sessions(9).events(700).latency(latency);
    let emulator = emulator.start().await.unwrap();
    let truth = truth(&emulator).await;
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut moment = 17;
    for (format, is_folder) in [
        ("ndjson", false),
        ("csv", false),
        ("parquet", false),
        ("ndjson", true),
        ("parquet", true),
    ] {
        let ending = if is_folder { "/" } else { "" };
        let output = folder.path().join(format!("{format}-{is_folder}{ending}"));
        let checkpoint = folder
            .path()
            .join(format!("{format}-{is_folder}.checkpoint"));
        let mut arguments = vec![
            "events",
            "--base-url",
            emulator.base_url(),
            "--concurrency",
            "3",
        ];
        arguments.extend(["--limit", "100", "--format", format]);
        arguments.extend(["--output", text(&output), "--checkpoint", text(&checkpoint)]);
        arguments.extend(&sessions);
        let start = || {
            let mut command = program(&arguments);
            Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"))
        };
        for _ in 0..kills() {
            let mut running = start();
            moment = moment * 73 % 1_009;
            let killed = tokio::time::timeout(Duration::from_millis(moment), running.exits());
            if killed.await.is_err() {
                running.signal("KILL").await;
                running.exits().await;
            }
            if !is_folder && output.exists() {
                assert_eq!(
                    ids(&output, format),
                    truth,
                    "incomplete under its final name"
                );
            }
        }
        let mut last = start();
        assert!(last.exits().await.success(), "{}", last.stderr().await);
        if is_folder {
            let files = names(&output);
            assert_eq!(files.len(), sessions.len(), "{files:?}");
            for session in &sessions {
                let read = ids(&output.join(format!("{session}.{format}")), format);
                assert_eq!(read[*session], truth[*session]);
            }
        } else {
            assert_eq!(ids(&output, format), truth);
        }
    }
}

#[tokio::test]
async fn a_failed_session_is_listed_and_can_be_retried() {
    let emulator = Emulator::builder()
        .sessions(3)
        .events(30)
        .start()
        .await
        .unwrap();
    let truth = truth(&emulator).await;
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("sessions.txt");
    let known: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    fs::write(
        &list,
        format!(
            "# some\n{}\nnobody\n\n{}\n{}\n",
            known[0], known[1], known[1]
        ),
    )
    .unwrap();
    let file = folder.path().join("out.ndjson");
    let ended = export(
        &emulator,
        &["--from", text(&list), known[2], "--output", text(&file)],
    )
    .await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("1 of 4 sessions failed"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("session nobody"), "{}", ended.stderr);
    assert_eq!(ids(&file, "ndjson"), truth);

    let failed = folder.path().join("out.ndjson.failed");
    let again = folder.path().join("again.ndjson");
    let ended = export(
        &emulator,
        &["--retry-failed", text(&failed), "--output", text(&again)],
    )
    .await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("1 of 1 sessions failed"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn events_of_a_failed_session_are_kept_and_not_requested_again() {
    let server = MockServer::start().await;
    let at = "/api/v2/journey/sessions/s/events";
    let page = |id: &str, next: &str| {
        let event = format!(r#"{{"id":"{id}","eventType":"t","session":{{"id":"s"}}}}"#);
        ResponseTemplate::new(200)
            .set_body_string(format!(r#"{{"entities":[{event}]{next},"selfUri":"/x"}}"#))
    };
    let first = page("a", r#","nextUri":"/x?after=1""#);
    Mock::given(method("GET"))
        .and(path(at))
        .and(wiremock::matchers::query_param_is_missing("after"))
        .respond_with(first)
        .expect(1)
        .mount(&server)
        .await;
    let second = || {
        Mock::given(method("GET"))
            .and(path(at))
            .and(wiremock::matchers::query_param("after", "1"))
    };
    second()
        .respond_with(ResponseTemplate::new(403))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    second().respond_with(page("b", "")).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let ended = events(&server.uri(), &["s", "--output", text(&one)]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let list = folder.path().join("one.failed");
    let ended = events(
        &server.uri(),
        &["--retry-failed", text(&list), "--output", text(&two)],
    )
    .await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ids(&one, "ndjson")["s"], ["a"]);
    assert_eq!(ids(&two, "ndjson")["s"], ["b"]);
}

#[tokio::test]
async fn all_sessions_of_a_contact_are_exported() {
    let emulator = Emulator::builder()
        .sessions(4)
        .events(3)
        .start()
        .await
        .unwrap();
    let ended = export(&emulator, &["--contact", &emulator.contacts()[0]]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 9),
        "{}",
        ended.stderr
    );
    let ended = export(&emulator, &["--contact", "nobody"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("contact nobody"), "{}", ended.stderr);
}

#[tokio::test]
async fn since_and_until_select_a_time_range() {
    let emulator = Emulator::builder().events(300).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let all = export(&emulator, &[session]).await;
    let date = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["createdDate"].as_str().unwrap().to_owned()
    };
    let lines = all.lines();
    let (since, until) = (date(lines[100]), date(lines[200]));
    let some = export(&emulator, &[session, "--since", &since, "--until", &until]).await;
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let expected: Vec<_> = lines
        .into_iter()
        .filter(|line| (instant(&since)..instant(&until)).contains(&instant(&date(line))))
        .collect();
    assert!((90..=110).contains(&expected.len()));
    assert_eq!(some.lines(), expected);
}

#[tokio::test]
async fn a_session_is_followed_until_it_has_ended() {
    let emulator = Emulator::builder()
        .events(40)
        .growth(Duration::from_millis(50));
    let emulator = emulator.start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let ended = export(&emulator, &[session, "--follow=1"]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 40),
        "{}",
        ended.stderr
    );
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_keeps_a_resumable_export_and_removes_any_other() {
    let emulator = Emulator::builder()
        .events(10_000)
        .latency(Duration::from_millis(100));
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, checkpoint) = (
        folder.path().join("out.csv"),
        folder.path().join("checkpoint"),
    );
    let mut arguments = vec![
        "events",
        emulator.sessions()[0].id(),
        "--base-url",
        emulator.base_url(),
    ];
    arguments.extend(["--format", "csv", "--output", text(&file)]);
    for (more, left, message) in [
        (vec![], vec![], "partial output was removed"),
        (
            vec!["--checkpoint", text(&checkpoint)],
            vec!["checkpoint", "out.csv.part"],
            "the same command again",
        ),
    ] {
        let all = [arguments.clone(), more].concat();
        let mut running = Running::start(program(&all).env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
        while emulator.requests() < 2 || names(folder.path()).is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        running.signal("INT").await;
        assert_eq!(running.exits().await.code(), Some(130));
        let stderr = running.stderr().await;
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(names(folder.path()), left);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ctrl_c_interrupts_reading_a_list_from_stdin() {
    let mut command = program(&["events", "--from", "-", "--base-url", "http://127.0.0.1:1"]);
    command
        .stdin(std::process::Stdio::piped())
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    let mut running = Running::start(&mut command);
    while !running.listens_for_ctrl_c() {
        sleep(Duration::from_millis(5)).await;
    }
    running.signal("INT").await;
    assert_eq!(
        running.exits_within(Duration::from_secs(5)).await.code(),
        Some(130)
    );
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_completes_the_file_of_a_followed_session() {
    let emulator = Emulator::builder()
        .events(10_000)
        .growth(Duration::from_millis(20));
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let mut arguments = vec!["events", emulator.sessions()[0].id(), "--follow=1"];
    arguments.extend([
        "--base-url",
        emulator.base_url(),
        "--format",
        "csv",
        "--output",
        text(&file),
    ]);
    let mut running = Running::start(program(&arguments).env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    while emulator.requests() < 4 {
        sleep(Duration::from_millis(5)).await;
    }
    running.signal("INT").await;
    assert!(
        running.exits().await.success(),
        "{}",
        running.stderr().await
    );
    assert_eq!(names(folder.path()), ["out.csv"]);
    let read = &ids(&file, "csv")[emulator.sessions()[0].id()];
    let all = &truth(&emulator).await[emulator.sessions()[0].id()];
    assert!(!read.is_empty());
    assert_eq!(read[..], all[..read.len()]);
}

#[tokio::test]
async fn invalid_input_is_reported_and_leaves_existing_files_unchanged() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let good = path("good.csv");
    fs::write(&good, "good").unwrap();
    fs::write(path("ids"), "a/b\n").unwrap();
    fs::write(path("no-list"), "{\"session\":7}\n").unwrap();
    fs::write(path("checkpoint"), "{}").unwrap();
    fs::write(path("taken.part"), "an earlier one").unwrap();
    let good = text(&good);
    for (arguments, named) in [
        (vec![session, "--format", "xlsx"], "xlsx"),
        (vec!["--from", text(&path("none"))], "can't read"),
        (vec!["--from", text(&path("ids"))], "line 1"),
        (
            vec!["--retry-failed", text(&path("no-list"))],
            "--retry-failed",
        ),
        (
            vec![
                session,
                "--output",
                good,
                "--checkpoint",
                text(&path("checkpoint")),
            ],
            "isn't a complete export checkpoint",
        ),
        (
            vec![session, "--output", text(&path("none/out"))],
            "isn't a folder",
        ),
        (
            vec![session, "--output", text(&path("taken"))],
            "interrupted",
        ),
        (vec![session, "--since", "yesterday"], "2026-01-31"),
        (vec!["--output", good], "SESSION_ID"),
        (vec![session, "--profile", "x"], "config.toml"),
    ] {
        let mut command = program(&["events", "--base-url", emulator.base_url()]);
        command
            .args(&arguments)
            .env("GENESYSCLOUD_ACCESS_TOKEN", "any")
            .env("HOME", folder.path());
        let ended = run(&mut command).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(named),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    assert_eq!(emulator.requests(), 0);
    assert_eq!(fs::read_to_string(good).unwrap(), "good");
    assert_eq!(
        fs::read_to_string(path("taken.part")).unwrap(),
        "an earlier one"
    );
    assert_eq!(fs::read_to_string(path("checkpoint")).unwrap(), "{}");
}

#[tokio::test]
async fn attack_12_a_checkpoint_or_list_of_another_service_is_refused_before_any_request_or_write()
{
    let one = Emulator::builder()
        .events(10_000)
        .latency(Duration::from_millis(30));
    let one = one.start().await.unwrap();
    let other = Emulator::builder().events(10_000).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, checkpoint) = (folder.path().join("out"), folder.path().join("checkpoint"));
    let arguments = [
        one.sessions()[0].id(),
        "--output",
        text(&file),
        "--checkpoint",
        text(&checkpoint),
    ];
    let mut command = program(&["events", "--base-url", one.base_url()]);
    let mut running = Running::start(
        command
            .args(arguments)
            .env("GENESYSCLOUD_ACCESS_TOKEN", "any"),
    );
    while !fs::read_to_string(&checkpoint).is_ok_and(|text| text.contains("\"cursor\"")) {
        sleep(Duration::from_millis(5)).await;
    }
    running.signal("KILL").await;
    running.exits().await;
    let part = folder.path().join("out.part");
    let before = (fs::read(&checkpoint).unwrap(), fs::read(&part).unwrap());
    let ended = events(other.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("another service"), "{}", ended.stderr);
    assert_eq!(
        (fs::read(&checkpoint).unwrap(), fs::read(&part).unwrap()),
        before
    );

    let state: serde_json::Value = serde_json::from_slice(&before.0).unwrap();
    let failure = serde_json::json!({
        "session": one.sessions()[0].id(),
        "error": "",
        "checkpoint": state["active"]["0"]["checkpoint"],
    });
    let list = folder.path().join("list");
    fs::write(&list, failure.to_string()).unwrap();
    let into = folder.path().join("other");
    let ended = events(
        other.base_url(),
        &["--retry-failed", text(&list), "--output", text(&into)],
    )
    .await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(!into.exists() && other.requests() == 0);
}

#[tokio::test]
async fn a_checkpoint_belongs_to_one_list_of_sessions_output_and_selection() {
    let emulator = Emulator::builder()
        .sessions(2)
        .events(3)
        .start()
        .await
        .unwrap();
    let [one, other] = [0, 1].map(|index| emulator.sessions()[index].id());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (checkpoint, file) = (path("checkpoint"), path("out"));
    let same = [one, "--output", &file, "--checkpoint", &checkpoint];
    assert_eq!(export(&emulator, &same).await.code, Some(0));
    let requests = emulator.requests();
    let again = export(&emulator, &same).await;
    assert_eq!(again.code, Some(0));
    assert!(
        again
            .stderr
            .contains("nothing to do: the export is complete"),
        "{}",
        again.stderr
    );
    for different in [
        [&[other], &same[1..]].concat(),
        [&same[..], &[other]].concat(),
        [&same[..], &["--since", "2025-01-01"]].concat(),
        [&same[..], &["--event-type", "a"]].concat(),
        [&same[..], &["--format", "csv"]].concat(),
        vec![
            one,
            "--output",
            &path("elsewhere"),
            "--checkpoint",
            &checkpoint,
        ],
    ] {
        let ended = export(&emulator, &different).await;
        assert_eq!(ended.code, Some(2), "{different:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("another export"), "{}", ended.stderr);
    }
    assert_eq!(emulator.requests(), requests);
}

#[tokio::test]
async fn a_failed_session_has_no_own_file_and_is_retried_from_its_start() {
    let server = MockServer::start().await;
    let at = "/api/v2/journey/sessions/s/events";
    let event = r#"{"id":"a","eventType":"t","session":{"id":"s"}}"#;
    let first = format!(r#"{{"entities":[{event}],"nextUri":"/x?after=1"}}"#);
    let is_first = || {
        Mock::given(method("GET"))
            .and(path(at))
            .and(wiremock::matchers::query_param_is_missing("after"))
    };
    is_first()
        .respond_with(ResponseTemplate::new(200).set_body_string(first))
        .expect(2)
        .mount(&server)
        .await;
    let second = || Mock::given(method("GET")).and(wiremock::matchers::query_param("after", "1"));
    second()
        .respond_with(ResponseTemplate::new(403))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let last = ResponseTemplate::new(200).set_body_string(r#"{"entities":[],"selfUri":"/x"}"#);
    second().respond_with(last).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out/");
    let ended = events(&server.uri(), &["s", "--output", text(&out)]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(names(&out), ["sessions.failed"]);
    let failed = out.join("sessions.failed");
    let ended = events(
        &server.uri(),
        &["--retry-failed", text(&failed), "--output", text(&out)],
    )
    .await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ids(&out.join("s.ndjson"), "ndjson")["s"], ["a"]);
}

#[cfg(unix)]
#[tokio::test]
async fn attack_13_only_the_owner_can_read_exported_files() {
    use std::os::unix::fs::PermissionsExt;
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, checkpoint) = (folder.path().join("out"), folder.path().join("checkpoint"));
    let mut arguments = vec![emulator.sessions()[0].id(), "nobody", "--format", "csv"];
    arguments.extend(["--output", text(&file), "--checkpoint", text(&checkpoint)]);
    export(&emulator, &arguments).await;
    let all = names(folder.path());
    assert_eq!(all, ["checkpoint", "out", "out.failed"]);
    for name in all {
        let mode = fs::metadata(folder.path().join(&name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
