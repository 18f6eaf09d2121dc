//! Where `events` writes: devices, pipes, links, folders, a closed stdout, one file in two roles.

#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::Stdio;

use journey_events_emulator::Emulator;
use tokio::process::Command;

use crate::support::files::{fifo, ids, names, text, truth};
use crate::support::program::{events, program, run, under_limit};

async fn emulator() -> Emulator {
    Emulator::builder().events(250).start().await.unwrap()
}

#[tokio::test]
async fn row_84_a_named_pipe_is_written_through_and_stays() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.ndjson");
    fifo(&pipe);
    let mut reader = Command::new("cat");
    reader.arg(&pipe).stdout(Stdio::piped());
    let reader = reader.spawn().unwrap();
    let session = emulator.sessions()[0].id();
    let arguments = [session, "--output", text(&pipe)];
    let (ended, read) = tokio::join!(
        events(emulator.base_url(), &arguments),
        reader.wait_with_output()
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let read = String::from_utf8(read.unwrap().stdout).unwrap();
    assert_eq!(read.lines().count(), 250);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(names(folder.path()), ["pipe.ndjson"]);
}

#[tokio::test]
async fn row_84_a_device_is_written_through_and_stays() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let ended = events(emulator.base_url(), &[session, "--output", "/dev/null"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let device = fs::metadata("/dev/null").unwrap();
    assert!(device.file_type().is_char_device());
    let ended = events(emulator.base_url(), &[session, "--output", "/dev/stdout"]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(0), 250));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn row_87_a_full_device_is_an_error() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let ended = events(emulator.base_url(), &[session, "--output", "/dev/full"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("/dev/full: No space left"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn row_84_a_link_stays_and_its_target_is_replaced() {
    let emulator = emulator().await;
    let truth = truth(&emulator).await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let (there, gone) = (folder.path().join("there"), folder.path().join("gone"));
    fs::create_dir(&there).unwrap();
    fs::create_dir(&gone).unwrap();
    fs::write(there.join("target"), "an earlier one").unwrap();
    for target in [there.join("target"), gone.join("target")] {
        let link = folder.path().join("link.csv");
        symlink(&target, &link).unwrap();
        let ended = events(emulator.base_url(), &[session, "--output", text(&link)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(fs::read_link(&link).unwrap(), target);
        assert_eq!(ids(&target, "csv"), truth);
        fs::remove_file(link).unwrap();
    }
    assert_eq!(names(&there), ["target"]);
}

#[tokio::test]
async fn row_84_a_dash_is_stdout_and_a_folder_an_error() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let ended = events(emulator.base_url(), &[session, "--output", "-"]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(0), 250));
    let sent = emulator.requests();
    let new = folder.path().join("new/");
    for path in [text(folder.path()), text(&new)] {
        let ended = events(emulator.base_url(), &[session, "--output", path]).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("folder"), "{}", ended.stderr);
    }
    assert_eq!(emulator.requests(), sent);
    assert!(names(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn row_84_a_closed_stdout_is_an_error() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let arguments = [session, "--base-url", emulator.base_url()];
    let sent = emulator.requests();
    let shell = |redirected: &str| {
        let mut command = program(&[&["events"], &arguments[..]].concat());
        command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
        under_limit(&command, &format!("-c 0; exec {redirected}"))
    };
    let ended = run(&mut shell(">&-")).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("stdout is closed"),
        "{}",
        ended.stderr
    );
    assert_eq!(emulator.requests(), sent);
    let ended = run(&mut shell("> /dev/null")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[tokio::test]
async fn row_85_a_file_in_two_roles_is_refused_and_unchanged() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let list = format!("{session}\n");
    fs::write(path("ids.csv"), &list).unwrap();
    symlink(path("ids.csv"), path("link.csv")).unwrap();
    fs::hard_link(path("ids.csv"), path("hard.csv")).unwrap();
    fs::create_dir_all(path(".gc")).unwrap();
    let profile = "[default]\naccess_token = \"any\"\n";
    fs::write(path(".gc/config.toml"), profile).unwrap();
    let (ids, config) = (path("ids.csv"), path(".gc/config.toml"));
    let dotted = path("./.gc/../ids.csv");
    for arguments in [
        vec!["--sessions", text(&ids), "--output", text(&ids)],
        vec!["--sessions", text(&ids), "--output", text(&dotted)],
        vec![
            "--sessions",
            text(&ids),
            "--output",
            text(&path("link.csv")),
        ],
        vec![
            "--sessions",
            text(&path("hard.csv")),
            "--output",
            text(&ids),
        ],
        vec![
            session,
            "--profile",
            "default",
            "--output",
            text(&config),
            "--format",
            "csv",
        ],
        vec!["--sessions", text(&config), "--profile", "default"],
        vec!["--sessions", "-", "--output", text(&ids)],
    ] {
        let mut command = program(&["events", "--base-url", emulator.base_url()]);
        command.stdin(File::open(&ids).unwrap());
        let ended = run(command.args(&arguments).env("HOME", folder.path())).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("are the same file"),
            "{}",
            ended.stderr
        );
    }
    // The shell empties the file, but a program that appends would also read what it writes.
    let mut command = program(&["events", "--sessions", text(&ids)]);
    command.args(["--base-url", emulator.base_url()]);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    command.stdout(File::options().append(true).open(&ids).unwrap());
    let ended = run(&mut command).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("is also stdout"), "{}", ended.stderr);
    assert_eq!(emulator.requests(), 0);
    assert_eq!(fs::read_to_string(ids).unwrap(), list);
    assert_eq!(fs::read_to_string(config).unwrap(), profile);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn row_87_a_folder_that_nobody_can_write_is_named_before_any_request() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    // Not even root creates files there.
    let arguments = [session, "--output", "/proc/events.csv"];
    let ended = events(emulator.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("can't write to /proc/events.csv"),
        "{}",
        ended.stderr
    );
    assert_eq!(emulator.requests(), 0);
}

#[tokio::test]
async fn row_87_a_folder_that_cannot_be_written_is_named_before_any_request() {
    let emulator = emulator().await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.csv");
    fs::write(&file, "good").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = File::create(folder.path().join("probe")).is_ok();
    let ended = events(emulator.base_url(), &[session, "--output", text(&file)]).await;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if is_root {
        // No permission stops this user.
        return;
    }
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("ermission denied"),
        "{}",
        ended.stderr
    );
    assert_eq!(emulator.requests(), 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "good");
}

#[tokio::test]
async fn attack_13_only_the_owner_can_read_exported_files() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    fs::write(&file, "an earlier one").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let session = emulator.sessions()[0].id();
    events(emulator.base_url(), &[session, "--output", text(&file)]).await;
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
