//! Signals, closed pipes and full disks.

#![cfg(unix)]

use std::fs::File;
use std::io::{Read, pipe};
use std::time::Duration;

use journey_events_emulator::Emulator;

use crate::support::program::{Running, events, program, run};
use crate::support::service::SESSION;

/// More events than a pipe can hold.
const LONG: [&str; 3] = ["demo", "--events", "1000000"];
const PROMPT: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_closed_stdout_ends_it_silently() {
    let mut running = Running::start(&mut program(&LONG));
    running.line().await;
    running.stdout = None;
    assert_eq!(running.exits().await.code(), Some(0));
    assert_eq!(running.stderr().await, "");
}

#[tokio::test]
async fn a_closed_stdout_does_not_hide_an_earlier_failure() {
    let emulator = Emulator::builder().events(1_000_000).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let mut command = program(&["events", SESSION, id, "--base-url", emulator.base_url()]);
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    running.line().await;
    running.stdout = None;
    assert_eq!(running.exits().await.code(), Some(1));
}

#[tokio::test]
async fn signals_stop_it_within_a_second_while_the_reader_stalls() {
    for (name, code, shown) in [("INT", 130, "Ctrl-C"), ("TERM", 143, "SIGTERM")] {
        let mut running = Running::start(&mut program(&LONG));
        running.line().await;
        running.signal(name).await;
        assert_eq!(running.exits_within(PROMPT).await.code(), Some(code));
        let stderr = running.stderr().await;
        let start = format!("journey-events: stopped by {shown}: ");
        assert!(
            stderr.starts_with(&start) && stderr.contains(" written"),
            "{stderr}"
        );
        assert!(
            !stderr.contains("resume"),
            "the demo's emulator is gone: {stderr}"
        );
    }
}

#[tokio::test]
async fn a_signal_stops_it_while_stderr_is_blocked() {
    let (reader, writer) = pipe().unwrap();
    let mut command = program(&LONG);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut running = Running::start(&mut command);
    // The command holds the write end of the pipe.
    drop(command);
    let mut reader = reader;
    reader.read_exact(&mut [0]).unwrap();
    running.signal("INT").await;
    assert_eq!(running.exits_within(PROMPT).await.code(), Some(130));
}

#[tokio::test]
async fn events_are_written_before_a_wait_and_ctrl_c_reports_how_to_resume() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let (base, id) = (emulator.base_url(), emulator.sessions()[0].id());
    let all = events(base, &[id]).await;

    // The quota delays the second request by a minute.
    let mut command = program(&[
        "events",
        id,
        "--base-url",
        base,
        "--limit",
        "1",
        "--quota",
        "1",
    ]);
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    assert_eq!(running.line().await, all.lines()[0]);
    running.signal("INT").await;
    assert_eq!(running.exits_within(PROMPT).await.code(), Some(130));

    let stderr = running.stderr().await;
    assert!(stderr.contains("1 event written"), "{stderr}");
    let cursor = stderr
        .split_once(" --after=")
        .and_then(|(_, cursor)| cursor.split(' ').next())
        .unwrap_or_else(|| panic!("no cursor in {stderr}"));
    let rest = events(base, &[id, "--after", cursor]).await;
    assert_eq!(rest.lines(), all.lines()[1..]);
}

#[tokio::test]
async fn ctrl_c_before_the_first_event_reports_that_nothing_was_written() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", server.local_addr().unwrap());
    let mut command = program(&["events", SESSION, "another", "--base-url", &base]);
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    let _connection = server.accept().await.unwrap();
    running.signal("INT").await;
    assert_eq!(running.exits_within(PROMPT).await.code(), Some(130));
    let stderr = running.stderr().await;
    assert!(
        stderr.contains("0 events written") && stderr.contains("1 cut off, 1 not started"),
        "{stderr}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_reported() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let arguments: [&[&str]; 3] = [&["demo", "--events", "1"], &LONG, &["emulate"]];
    for arguments in arguments {
        let ended = run(program(arguments).stdout(full())).await;
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert!(
            ended.stderr.contains("No space left"),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
}
