//! The file of a page, and who opens it.

use std::fs;
use std::path::Path;

use super::{Page, report, text};
use crate::support::program::{program, run};

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
