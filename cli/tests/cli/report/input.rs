//! What a page is made of: files, datasets, and what is refused.

use std::fs;

use journey_events_emulator::{Emulator, SessionInfo};
use serde_json::Value;

use super::{Page, report, text};
use crate::support::program::{program, run};

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
