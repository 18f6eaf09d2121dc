//! Row 60: an export killed at any moment resumes in a new process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../examples/resumable_export.rs"]
mod resumable_export;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::TryStreamExt;
use journey_events::{Client, Event, RateLimit};
use journey_events_emulator::Emulator;

const KILLS: usize = 100;
const EVENTS: u64 = 4_000;

/// Runs in a child process, configured through its environment.
#[tokio::test]
#[ignore = "row 60 runs it in a child process"]
async fn export_in_child_process() {
    let variable = |name: &str| env::var(name).unwrap();
    let client = client(&variable("BASE_URL"));
    let request = client.session_events(variable("SESSION")).limit(10);
    let events = PathBuf::from(variable("EVENTS_FILE"));
    resumable_export::export(request, &events).await.unwrap();
}

fn client(base_url: &str) -> Client {
    Client::builder()
        .base_url(base_url)
        .access_token("any")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap()
}

#[tokio::test]
async fn row_60_an_export_killed_at_100_random_moments_has_every_event_once() {
    let emulator = Emulator::builder()
        .events(EVENTS)
        .latency(Duration::from_millis(2))
        .start()
        .await
        .unwrap();
    let session = &emulator.sessions()[0];
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("killed");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("events.jsonl");
    let start = || {
        Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "export_in_child_process"])
            .env("BASE_URL", emulator.base_url())
            .env("SESSION", session.id())
            .env("EVENTS_FILE", &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut random = fastrand::Rng::with_seed(60);
    let mut lengths = Vec::new();
    for _ in 0..KILLS {
        let mut child = start();
        // Waits for a few requests, then stops somewhere between two of them.
        let requests = emulator.requests() + random.u64(0..7);
        while emulator.requests() < requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the export ended before it was killed");
        }
        tokio::time::sleep(Duration::from_micros(random.u64(0..5_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        lengths.push(fs::metadata(&file).map_or(0, |file| file.len()));
    }
    lengths.dedup();
    assert!(
        lengths.len() > KILLS / 2,
        "the export made progress between kills: {lengths:?}"
    );
    let mut last = start();
    let ended = tokio::task::spawn_blocking(move || last.wait().unwrap());
    assert!(ended.await.unwrap().success(), "the last run succeeds");

    let exported: Vec<String> = fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| Event::from_json(line).unwrap().id().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = client(emulator.base_url())
        .session_events(session.id())
        .stream()
        .map_ok(|event| event.id().unwrap().to_owned())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(expected.len() as u64, EVENTS);
    assert!(exported == expected, "every event once and in order");
    emulator.shutdown().await;
}
