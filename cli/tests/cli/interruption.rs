//! How the program ends before its work does.

#![cfg(unix)]

use std::fs::File;
use std::io::{Read, pipe};
use std::time::Duration;

use journey_events_emulator::Emulator;

use crate::support::program::{Running, events, program, run};
use crate::support::service::SESSION;

/// More than any pipe holds.
const LONG: [&str; 3] = ["demo", "--events", "1000000"];
const PROMPT: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_reader_that_goes_ends_it_without_a_word() {
    let mut running = Running::start(&mut program(&LONG));
    running.line().await;
    running.stdout = None;
    assert_eq!(running.ends().await.code(), Some(0));
    assert_eq!(running.words().await, "");
}

#[tokio::test]
async fn a_reader_that_goes_does_not_make_up_for_a_failure() {
    let emulator = Emulator::builder().events(1_000_000).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let mut command = program(&["events", SESSION, id, "--base-url", emulator.base_url()]);
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    running.line().await;
    running.stdout = None;
    assert_eq!(running.ends().await.code(), Some(1));
}

#[tokio::test]
async fn signals_end_it_within_a_second_also_while_the_reader_stalls() {
    for (name, code, said) in [("INT", 130, "Ctrl-C"), ("TERM", 143, "SIGTERM")] {
        let mut running = Running::start(&mut program(&LONG));
        running.line().await;
        running.signal(name).await;
        assert_eq!(running.ends_within(PROMPT).await.code(), Some(code));
        let words = running.words().await;
        let begin = format!("journey-events: stopped by {said}: ");
        assert!(
            words.starts_with(&begin) && words.contains(" written"),
            "{words}"
        );
        assert!(
            !words.contains("resume"),
            "the demo's service has ended: {words}"
        );
    }
}

#[tokio::test]
async fn a_signal_ends_it_also_while_nobody_reads_what_it_says() {
    let (reader, writer) = pipe().unwrap();
    let mut command = program(&LONG);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut running = Running::start(&mut command);
    // The command keeps the pipe's other end open.
    drop(command);
    let mut reader = reader;
    reader.read_exact(&mut [0]).unwrap();
    running.signal("INT").await;
    assert_eq!(running.ends_within(PROMPT).await.code(), Some(130));
}

#[tokio::test]
async fn events_are_written_when_the_next_has_to_be_waited_for_and_ctrl_c_says_how_to_go_on() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let (base, id) = (emulator.base_url(), emulator.sessions()[0].id());
    let all = events(base, &[id]).await;

    // The quota lets the second request out a minute later.
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
    assert_eq!(running.ends_within(PROMPT).await.code(), Some(130));

    let words = running.words().await;
    assert!(
        words.contains(&format!("1 event written, 1 of them from session {id}")),
        "{words}"
    );
    let cursor = words
        .split('\'')
        .nth(1)
        .unwrap_or_else(|| panic!("no cursor in {words}"));
    let rest = events(base, &[id, "--after", cursor]).await;
    assert_eq!(rest.lines(), all.lines()[1..]);
}

#[tokio::test]
async fn ctrl_c_before_the_first_event_says_that_nothing_was_written() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", server.local_addr().unwrap());
    let mut command = program(&["events", SESSION, "another", "--base-url", &base]);
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
    let _connection = server.accept().await.unwrap();
    running.signal("INT").await;
    assert_eq!(running.ends_within(PROMPT).await.code(), Some(130));
    let words = running.words().await;
    assert!(
        words.contains("0 events written") && words.contains("the last 1 session"),
        "{words}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_an_error_that_is_named() {
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
