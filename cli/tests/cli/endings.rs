//! How `events` ends: what stands in the place of its file, what is kept, and the exit status.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use journey_events_emulator::{Emulator, Fault, SessionInfo};
use tokio::time::{sleep, timeout};
use wiremock::MockServer;

use crate::support::files::{fifo, ids, names, text, truth};
use crate::support::program::{Running, events, program, run, under_limit};
use crate::support::service::{SESSION, at, event, first, page, refusal, requests};

fn running(arguments: &[&str]) -> Running {
    Running::start(program(arguments).env("GENESYSCLOUD_ACCESS_TOKEN", "any"))
}

#[tokio::test]
async fn row_89_nothing_received_leaves_a_good_file_as_it_is() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let expired = Emulator::builder().check_tokens().start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let (file, list) = (folder.path().join("good.csv"), folder.path().join("empty"));
    fs::write(&file, "good").unwrap();
    fs::write(&list, "\n").unwrap();
    let (emulator, expired) = (emulator.base_url(), expired.base_url());
    for (base, arguments, code) in [
        (emulator, vec!["--sessions", text(&list)], 0),
        (emulator, vec!["nobody"], 1),
        (emulator, vec!["nobody", "no-one"], 1),
        (emulator, vec!["--contact", "nobody"], 1),
        (emulator, vec![session, "--since", "2999-01-01"], 0),
        (emulator, vec![session, "--event-type", "Other"], 0),
        (expired, vec![session], 1),
        ("http://127.0.0.1:9", vec![session, "--timeout", "1s"], 1),
    ] {
        let arguments = [&arguments[..], &["--output", text(&file)]].concat();
        let ended = events(base, &arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), "good", "{arguments:?}");
        assert_eq!(names(folder.path()), ["empty", "good.csv"]);
    }
}

#[tokio::test]
async fn an_export_without_events_makes_a_file_where_there_is_none() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.json");
    let arguments = [session, "--since", "2999-01-01", "--output", text(&file)];
    let ended = events(emulator.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ids(&file, "json").is_empty());
}

#[tokio::test]
async fn a_failed_session_is_listed_with_its_reason_and_the_rest_is_written() {
    let emulator = Emulator::builder().sessions(3).events(30);
    let emulator = emulator.start().await.unwrap();
    let truth = truth(&emulator).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.ndjson");
    let known: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let arguments = [&known[..], &["nobody", "no-one", "--output", text(&file)]].concat();
    let ended = events(emulator.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(1));
    for part in [
        "2 of 5 sessions failed:",
        "session nobody: the session doesn't exist",
        "session no-one: the session doesn't exist",
        "90 events,",
        "2 sessions failed",
        text(&file),
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert_eq!(
        ended.stderr.matches("next: ").count(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(ids(&file, "ndjson"), truth);
    assert_eq!(names(folder.path()), ["out.ndjson"]);
}

#[tokio::test]
async fn what_a_failed_session_had_is_kept_beside_a_good_file() {
    let server = MockServer::start().await;
    let event = r#"{"id":"a","eventType":"t","session":{"id":"s"}}"#;
    first(&server, page(event, Some("c1"))).await;
    at(&server, "c1", refusal(404, "not.found", "gone")).await;
    let folder = tempfile::tempdir().unwrap();
    for format in ["ndjson", "csv", "json", "parquet"] {
        let file = folder.path().join(format!("good.{format}"));
        let partial = folder.path().join(format!("good.{format}.partial"));
        fs::write(&file, "good").unwrap();
        let ended = events(&server.uri(), &[SESSION, "--output", text(&file)]).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), "good");
        assert!(ended.stderr.contains(text(&partial)), "{}", ended.stderr);
        let kept: Vec<_> = ids(&partial, format).into_values().flatten().collect();
        assert_eq!(kept, ["a"], "{format}");
    }
}

#[tokio::test]
async fn an_error_that_concerns_the_client_stops_the_run_after_the_first() {
    for (status, code) in [(401, "bad.credentials"), (403, "missing.permissions")] {
        let server = MockServer::start().await;
        wiremock::Mock::given(wiremock::matchers::method("GET"))
            .respond_with(refusal(status, code, "no"))
            .mount(&server)
            .await;
        let sessions: Vec<String> = (0..500).map(|number| format!("s-{number}")).collect();
        let sessions: Vec<&str> = sessions.iter().map(String::as_str).collect();
        let ended = events(&server.uri(), &sessions).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended
                .stderr
                .contains("500 sessions: 0 complete, 1 failed, 0 cut off, 499 not started"),
            "{}",
            ended.stderr
        );
        assert_eq!(requests(&server).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn row_88_an_outage_stops_the_run_and_keeps_what_was_received() {
    let emulator = Emulator::builder().sessions(300).events(20);
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    let file = folder.path().join("out.ndjson");
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    fs::write(&list, sessions.join("\n")).unwrap();
    let base = emulator.base_url().to_owned();
    let mut run = running(&[
        "events",
        "--sessions",
        text(&list),
        "--output",
        text(&file),
        "--base-url",
        &base,
    ]);
    while emulator.requests() < 40 {
        sleep(Duration::from_millis(5)).await;
    }
    drop(emulator);
    assert_eq!(run.exits().await.code(), Some(1));
    let stderr = run.stderr().await;
    assert!(stderr.contains("out.ndjson.partial"), "{stderr}");
    assert!(stderr.contains("not started"), "{stderr}");
    assert_eq!(names(folder.path()), ["list", "out.ndjson.partial"]);
}

#[tokio::test]
async fn row_83_runs_of_one_command_at_once_each_write_the_whole_file() {
    let emulator = Emulator::builder().sessions(4).events(450);
    let emulator = emulator.start().await.unwrap();
    let truth = truth(&emulator).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let arguments = [
        &["events"][..],
        &sessions,
        &["--output", text(&file), "--base-url", emulator.base_url()],
    ]
    .concat();
    let mut all: Vec<_> = (0..10).map(|_| running(&arguments)).collect();
    for run in &mut all {
        assert!(run.exits().await.success(), "{}", run.stderr().await);
        assert_eq!(ids(&file, "parquet"), truth);
    }
    assert_eq!(names(folder.path()), ["out.parquet"]);
}

/// How often a run is stopped by each signal; the full catalogue sets KILLS to 100.
fn stops() -> u32 {
    std::env::var("KILLS").map_or(2, |number| number.parse().unwrap())
}

/// Removes what a killed run leaves: its temporary file.
fn without_temporary(folder: &Path) -> Vec<String> {
    let mut left = names(folder);
    left.retain(|name| !name.starts_with(".journey-events-"));
    left
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn row_86_a_stopped_run_leaves_no_incomplete_file_under_the_final_name() {
    let latency = Duration::from_millis(25);
    let emulator = Emulator::builder().sessions(9).events(700).latency(latency);
    let emulator = emulator.start().await.unwrap();
    let truth = truth(&emulator).await;
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let mut moment: u64 = 17;
    for format in ["ndjson", "json", "csv", "parquet"] {
        for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("KILL", 0)] {
            for follow in [false, true] {
                for _ in 0..stops() {
                    let folder = tempfile::tempdir().unwrap();
                    let file = folder.path().join(format!("out.{format}"));
                    let options = ["--base-url", emulator.base_url(), "--concurrency", "3"];
                    let output = ["--limit", "100", "--output", text(&file)];
                    let mut arguments = [&["events"], &options[..], &output, &sessions].concat();
                    if follow {
                        arguments.push("--follow");
                    }
                    let mut run = running(&arguments);
                    moment = moment * 73 % 1_009;
                    let time = Duration::from_millis(moment);
                    let ended = if let Ok(status) = timeout(time, run.exits()).await {
                        status
                    } else {
                        run.signal(signal).await;
                        run.exits().await
                    };
                    check_stopped(ended.code(), code, folder.path(), format, &truth);
                }
            }
        }
    }
}

/// Checks that the file is complete or not there, and that a partial one has a part of the events.
fn check_stopped(
    ended: Option<i32>,
    code: i32,
    folder: &Path,
    format: &str,
    truth: &BTreeMap<String, Vec<String>>,
) {
    let file = folder.join(format!("out.{format}"));
    let partial = folder.join(format!("out.{format}.partial"));
    let left = without_temporary(folder);
    match ended {
        Some(0) => assert_eq!(&ids(&file, format), truth),
        // Before it listened for signals, or by SIGKILL.
        None => assert!(left.is_empty(), "{left:?}"),
        Some(number) => {
            assert_eq!(number, code, "{left:?}");
            assert!(!file.exists(), "{left:?}");
            if partial.exists() {
                for (session, kept) in ids(&partial, format) {
                    assert_eq!(kept[..], truth[&session][..kept.len()]);
                }
            }
            // What is left has that name or none.
            assert!(
                left.len() <= 1 && names(folder).len() == left.len(),
                "{left:?}"
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ctrl_c_interrupts_reading_a_list_from_stdin() {
    let mut command = program(&[
        "events",
        "--sessions",
        "-",
        "--base-url",
        "http://127.0.0.1:1",
    ]);
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
async fn ctrl_c_keeps_what_a_followed_session_had() {
    let emulator = Emulator::builder()
        .events(10_000)
        .growth(Duration::from_millis(20));
    let emulator = emulator.start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let arguments = [
        "events",
        session,
        "--follow",
        "--every",
        "1s",
        "--output",
        text(&file),
    ];
    let mut run = running(&[&arguments[..], &["--base-url", emulator.base_url()]].concat());
    while emulator.requests() < 4 {
        sleep(Duration::from_millis(5)).await;
    }
    run.signal("INT").await;
    assert_eq!(run.exits().await.code(), Some(130));
    let stderr = run.stderr().await;
    assert_eq!(names(folder.path()), ["out.csv.partial"], "{stderr}");
    let partial = folder.path().join("out.csv.partial");
    assert!(stderr.contains(text(&partial)), "{stderr}");
    let (read, all) = (
        &ids(&partial, "csv")[session],
        &truth(&emulator).await[session],
    );
    assert_eq!(read[..], all[..read.len()]);
}

#[tokio::test]
async fn many_sessions_are_followed_at_once_despite_faults() {
    let emulator = Emulator::builder()
        .sessions(20)
        .events(30)
        .growth(Duration::from_millis(40))
        .fault(Fault::status(503).every(4).retry_after(0));
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.ndjson");
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let arguments = [
        &sessions[..],
        &[
            "--follow",
            "--every",
            "1s",
            "--output",
            text(&file),
            "--quota",
            "100000",
        ],
    ]
    .concat();
    let ended = events(emulator.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let read = ids(&file, "ndjson");
    assert_eq!(read.len(), 20);
    assert!(read.values().all(|ids| ids.len() == 30));
}

#[tokio::test]
async fn row_88_a_long_wait_or_an_expired_token_stops_the_run_and_keeps_what_was_received() {
    for (status, code) in [(429, "too.many.requests"), (401, "bad.credentials")] {
        let server = MockServer::start().await;
        first(&server, page(&event("a"), Some("c1"))).await;
        let answer = refusal(status, code, "no").insert_header("Retry-After", "600");
        at(&server, "c1", answer).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.ndjson");
        let arguments = [SESSION, "--output", text(&file)];
        let ended = events(&server.uri(), &arguments).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert_eq!(names(folder.path()), ["out.ndjson.partial"]);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn row_87_too_few_open_files_or_a_limited_size_are_named_and_leave_nothing() {
    let emulator = Emulator::builder().events(2_000).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.ndjson");
    fs::write(&file, "good").unwrap();
    let mut failed = Vec::new();
    // From which number of files on it succeeds depends on the machine.
    let limits = (8..12).map(|number| (format!("-n {number}"), "Too many open files"));
    for (limit, named) in limits.chain([("-f 300".to_owned(), "File too large")]) {
        let arguments = [
            "events",
            session,
            "--share-quota",
            "off",
            "--output",
            text(&file),
        ];
        let limited = program(&[&arguments[..], &["--base-url", emulator.base_url()]].concat());
        let mut limited = under_limit(&limited, &limit);
        let ended = run(limited.env("GENESYSCLOUD_ACCESS_TOKEN", "any")).await;
        assert_eq!(names(folder.path()), ["out.ndjson"]);
        if ended.code == Some(0) {
            fs::write(&file, "good").unwrap();
            continue;
        }
        assert!(
            matches!(ended.code, Some(1 | 2)),
            "{limit} {:?}",
            ended.code
        );
        assert!(ended.stderr.contains(named), "{limit}: {}", ended.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), "good");
        failed.push(named);
    }
    failed.dedup();
    assert_eq!(failed, ["Too many open files", "File too large"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_has_gone_ends_a_run_that_follows() {
    let emulator = Emulator::builder()
        .events(5)
        .growth(Duration::from_secs(10 * 60));
    let emulator = emulator.start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let mut run = running(&[
        "events",
        session,
        "--follow",
        "--base-url",
        emulator.base_url(),
    ]);
    run.stdout = None;
    assert_eq!(run.exits().await.code(), Some(0), "{}", run.stderr().await);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_while_following_offers_to_follow_again() {
    let emulator = Emulator::builder()
        .events(500)
        .growth(Duration::from_millis(20));
    let emulator = emulator.start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let mut run = running(&[
        "events",
        session,
        "--follow",
        "--base-url",
        emulator.base_url(),
    ]);
    run.line().await;
    run.signal("INT").await;
    assert_eq!(run.exits().await.code(), Some(130));
    let stderr = run.stderr().await;
    assert!(
        stderr.contains("--follow") && !stderr.contains("complete"),
        "{stderr}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_named_pipe_without_a_reader_is_named_and_can_be_left() {
    let emulator = Emulator::builder().events(5).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    fifo(&pipe);
    let base = ["--base-url", emulator.base_url()];
    // Nothing to write: nobody is waited for.
    let ended = events(base[1], &["nobody", "--output", text(&pipe)]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let arguments = ["events", session, "--output", text(&pipe)];
    let mut run = running(&[&arguments[..], &base].concat());
    run.stderr_contains("waiting for a reader of").await;
    run.signal("INT").await;
    assert_eq!(run.exits().await.code(), Some(130));
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_compressor_holds_back_reaches_the_reader_when_a_run_ends_early() {
    let server = MockServer::start().await;
    first(&server, page(&event("a"), Some("c1"))).await;
    at(&server, "c1", refusal(401, "bad.credentials", "no")).await;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.ndjson.zst");
    fifo(&pipe);
    let mut reader = tokio::process::Command::new("cat");
    reader.arg(&pipe).stdout(std::process::Stdio::piped());
    let reader = reader.spawn().unwrap();
    let uri = server.uri();
    let arguments = [SESSION, "--output", text(&pipe)];
    let (ended, read) = tokio::join!(events(&uri, &arguments), reader.wait_with_output());
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(!ended.stderr.contains("resume"), "{}", ended.stderr);
    let read = zstd::decode_all(&read.unwrap().stdout[..]).unwrap();
    assert!(String::from_utf8(read).unwrap().contains("\"a\""));
}
