//! The quota that all programs of the machine share.

use std::fs;
use std::path::Path;
use std::time::Duration;

use journey_events_emulator::Emulator;
use tokio::time::sleep;

use crate::support::program::{Ended, Running, program, run};

async fn doctor(emulator: &Emulator, state: &Path, arguments: &[&str]) -> Ended {
    let mut command = program(&["doctor", "--base-url", emulator.base_url()]);
    command.args(arguments).env("XDG_STATE_HOME", state);
    run(command.env("GENESYSCLOUD_ACCESS_TOKEN", "canary")).await
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn programs_count_each_others_requests_unless_told_otherwise() {
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    let state = tempfile::tempdir().unwrap();
    for (left, arguments) in [
        // Each sends three requests.
        (297, &[][..]),
        (294, &[]),
        (297, &["--share-quota", "off"]),
        (291, &["--share-quota", "machine"]),
        (3, &["--quota", "15"]),
    ] {
        let ended = doctor(&emulator, state.path(), arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let expected = format!("quota: {left} requests left in this minute");
        assert!(ended.stderr.contains(&expected), "{left}: {}", ended.stderr);
        let whose = if arguments.contains(&"off") {
            "counting only this program's"
        } else {
            "counting all your programs on this machine"
        };
        assert!(ended.stderr.contains(whose), "{}", ended.stderr);
    }
    let names = files(&state.path().join("journey-events"));
    assert!(
        names.iter().all(|name| name.starts_with("quota-")),
        "{names:?}"
    );
    assert!(!names.concat().contains("canary"));
}

#[tokio::test]
async fn a_program_without_a_connection_or_with_sharing_off_writes_no_state() {
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let ended = doctor(&emulator, state.path(), &["--share-quota", "off"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for arguments in [&["demo", "--events", "3"][..], &["events", "session"]] {
        let mut command = program(arguments);
        run(command.env("XDG_STATE_HOME", state.path())).await;
        assert_eq!(files(state.path()), [""; 0], "{arguments:?}");
    }
}

#[tokio::test]
async fn an_unusable_folder_is_one_warning_and_the_program_counts_alone() {
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join("journey-events"), "a file").unwrap();
    let ended = doctor(&emulator, state.path(), &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let warning = "counting only this program's requests, since the quota can't be shared";
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("--share-quota off"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("297 requests left"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_corrupt_file_is_a_warning_that_names_it() {
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    let state = tempfile::tempdir().unwrap();
    doctor(&emulator, state.path(), &[]).await;
    let folder = state.path().join("journey-events");
    // With its log, the file would still be complete.
    let (logs, names): (Vec<_>, Vec<_>) = files(&folder)
        .into_iter()
        .partition(|name| name.contains(".db-"));
    for log in logs {
        fs::remove_file(folder.join(log)).unwrap();
    }
    let name = &names[0];
    fs::write(folder.join(name), "not a database at all".repeat(99)).unwrap();
    let ended = doctor(&emulator, state.path(), &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(name), "{}", ended.stderr);
    assert!(ended.stderr.contains("not a database"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_program_that_waits_for_anothers_requests_can_be_stopped() {
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    let state = tempfile::tempdir().unwrap();
    doctor(&emulator, state.path(), &["--quota", "1"]).await;
    let session = emulator.sessions()[0].id();
    let mut command = program(&["events", session, "--quota", "1", "--base-url"]);
    command
        .arg(emulator.base_url())
        .env("XDG_STATE_HOME", state.path());
    let mut running = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "canary"));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(emulator.requests(), 1, "it waits");
    #[cfg(unix)]
    {
        running.signal("INT").await;
        let status = running.exits_within(Duration::from_secs(5)).await;
        assert_eq!(status.code(), Some(130));
    }
}
