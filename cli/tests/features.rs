//! What a build says that lacks features: `.ci/run` builds some.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ALL: [(&str, bool); 4] = [
    ("parquet", cfg!(feature = "parquet")),
    ("sync", cfg!(feature = "sync")),
    ("postgres", cfg!(feature = "postgres")),
    ("cloud", cfg!(feature = "cloud")),
];

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_journey-events"));
    // Nothing listens there.
    program
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any")
        .env("GENESYSCLOUD_GATEWAY_HOST", "127.0.0.1:9");
    program.env("XDG_STATE_HOME", folder.join("state"));
    program.current_dir(folder).args(args).output().unwrap()
}

const URL: &str = "http://127.0.0.1:9";
const DATABASE: &str = "postgres://h.example/secret";
const INSTALL: &str = "cargo install journey-events-cli --features full";

#[test]
fn what_needs_a_missing_feature_says_which_and_how_to_get_it() {
    let cases: [(&str, &[&str]); 15] = [
        ("parquet", &["events", "s-1", "--output", "a.parquet"]),
        (
            "parquet",
            &["events", "s-1", "--output", "a", "--format", "parquet"],
        ),
        (
            "parquet",
            &["sync", "new", "s-1", "--create", "--base-url", URL],
        ),
        (
            "parquet",
            &[
                "sync",
                "new",
                "--create",
                "--format",
                "parquet",
                "--base-url",
                URL,
            ],
        ),
        ("sync", &["sync", "new", "--create", "--format", "csv"]),
        ("sync", &["sync", "--help"]),
        ("sync", &["status", "new", "--json"]),
        ("sync", &["forget", "new", "--session", "s-1"]),
        ("sync", &["ledger", "retry", "new"]),
        (
            "sync",
            &[
                "events",
                "s-1",
                "--base-url",
                URL,
                "--share-quota",
                "machine",
            ],
        ),
        ("postgres", &["status", "new", "--ledger", DATABASE]),
        ("postgres", &["ledger", "init", "--ledger", DATABASE]),
        (
            "postgres",
            &[
                "events",
                "s-1",
                "--base-url",
                URL,
                "--share-quota",
                DATABASE,
            ],
        ),
        (
            "cloud",
            &["status", "s3://bucket/new", "--ledger", "new.db"],
        ),
        (
            "cloud",
            &[
                "sync",
                "az://container/new",
                "--create",
                "--format",
                "csv",
                "--ledger",
                "new.db",
                "--base-url",
                URL,
            ],
        ),
    ];
    let has = |feature| ALL.contains(&(feature, true));
    for (feature, args) in cases {
        let of_datasets = ["sync", "status", "forget", "ledger"].contains(&args[0]);
        let feature = if of_datasets && !has("sync") {
            "sync"
        } else {
            feature
        };
        if has(feature) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        let lacks = format!(
            "lacks the feature `{feature}`\n  next: install the full tool, by `{INSTALL}`\n"
        );
        assert!(stderr.contains(&lacks), "{args:?}: {stderr}");
        assert!(!stderr.contains("secret"), "{args:?}: {stderr}");
        let left = fs::read_dir(folder.path()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty() || left == ["state"], "{args:?}: {left:?}");
    }
}

#[test]
fn help_says_what_the_build_lacks_and_offers_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let help = |args: &[&str]| String::from_utf8(run(folder.path(), args).stdout).unwrap();
    let overview = help(&["--help"]);
    let missing = ALL.iter().filter(|(_, is_built)| !is_built);
    let missing: Vec<_> = missing.map(|(name, _)| *name).collect();
    assert_eq!(
        overview.trim_end().ends_with(INSTALL),
        !missing.is_empty(),
        "{overview}"
    );
    for (feature, is_built) in ALL {
        let (args, offer): (&[&str], _) = match feature {
            "parquet" => (&["events", "--help"], "- parquet:"),
            "sync" => (&["--help"], "journey-events sync"),
            "postgres" => (&["--help"], "postgres://"),
            _ => continue,
        };
        assert_eq!(
            help(args).contains(offer),
            is_built,
            "{feature}: {}",
            help(args)
        );
    }
    let lacks = ["cloud", "postgres"].map(|feature| format!("lacks the feature `{feature}`"));
    if ALL.contains(&("sync", true)) {
        let sync = help(&["sync", "--help"])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for (sentence, feature) in lacks.iter().zip(["cloud", "postgres"]) {
            let is_missing = missing.contains(&feature);
            assert_eq!(sync.contains(sentence), is_missing, "{sync}");
        }
    }
}
