//! The walls between the layers hold: each outside crate is used in its own file only.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Longest production file, in lines before its tests.
const MAX_LINES: usize = 300;

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let production = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .to_owned();
            found.push((path, production));
        }
    }
    found
}

fn house(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = sources(&root.join(folder));
    sources.retain(|(path, _)| !path.starts_with(root.join("src/tests")));
    sources
}

#[test]
fn outside_crates_stay_behind_their_walls() {
    for (name, files) in [
        ("reqwest::", &["transport.rs", "builder.rs", "lib.rs"][..]),
        ("hyper::", &["transport.rs"]),
        ("rustls::", &["transport.rs"]),
        ("governor::", &["window.rs"]),
        ("async_stream::", &["walk.rs", "read_ahead.rs"]),
        (
            "serde_json::",
            &[
                "decode.rs",
                "json_reader.rs",
                "event.rs",
                "envelope.rs",
                "json_fault.rs",
                "answer.rs",
                "login.rs",
                "fuzzing.rs",
            ],
        ),
        ("jiff::", &["date.rs", "event.rs", "session.rs"]),
        ("fastrand::", &["backoff.rs"]),
    ] {
        for (path, text) in house("src") {
            let is_used = text
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(name));
            let file = path.file_name().unwrap().to_str().unwrap();
            assert!(
                !is_used || files.contains(&file),
                "{name} is used in {}",
                path.display()
            );
        }
    }
}

/// The clock of the machine may jump: it is read only where the service names a date and not its own.
#[test]
fn row_56_the_wall_clock_is_read_for_a_retry_after_date_alone() {
    let reads = |text: &str| text.matches("SystemTime::now").count();
    let mut found = Vec::new();
    for (path, text) in house("src") {
        assert!(
            !text.contains("UNIX_EPOCH") && !text.contains("Zoned::now"),
            "{path:?}"
        );
        assert!(!text.contains("Timestamp::now"), "{path:?}");
        if reads(&text) > 0 {
            found.push((path.file_name().unwrap().to_owned(), reads(&text)));
        }
    }
    assert_eq!(found, [("retry_after.rs".into(), 1)]);
}

#[test]
fn the_emulator_does_not_use_the_library() {
    for (path, text) in house("emulator/src") {
        let text = text.replace("journey_events_emulator", "");
        assert!(!text.contains("journey_events::"), "{}", path.display());
    }
}

#[test]
fn a_file_is_short_enough_to_be_one_thing() {
    for folder in ["src", "cli/src", "emulator/src"] {
        for (path, text) in house(folder) {
            let lines = text.lines().count();
            assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
        }
    }
}
