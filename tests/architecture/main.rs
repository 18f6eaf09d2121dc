//! The layout of each house: which file may use which.
//!
//! The import graph is built from every path of the production code, inline ones too. A file that is
//! in a circle can't be understood alone, and a layer that uses one above it can't be replaced.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod checks;
mod house;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use house::House;

/// Longest production file, in lines before its tests and without examples in its documentation.
const MAX_LINES: usize = 300;

const NONE: [&str; 0] = [];

/// Each house's root file, and the layers below it, top first.
const HOUSES: [(&str, &[&str]); 5] = [
    ("src/lib.rs", &LIBRARY),
    ("cli/src/lib.rs", &TOOL),
    ("dataset/src/lib.rs", &DATASET),
    ("emulator/src/lib.rs", &EMULATOR),
    ("python/src/lib.rs", &PYTHON),
];
const LIBRARY: [&str; 11] = [
    "client", "request", "stream", "paging", "fetch", "model", "decode", "region", "error",
    "position", "stats",
];
const TOOL: [&str; 8] = [
    "command",
    "options",
    "format",
    "exit",
    "terminal",
    "features",
    "atomic_file",
    "text_file",
];
const DATASET: [&str; 16] = [
    "worker",
    "dataset",
    "ledger",
    "quota",
    "format",
    "postgres",
    "waiting",
    "file_system",
    "owner_only",
    "fault",
    "clock",
    "random",
    "machine",
    "error",
    "database_url",
    "missing_feature",
];
const EMULATOR: [&str; 16] = [
    "builder",
    "emulator",
    "http",
    "state",
    "admission",
    "data",
    "recording",
    "story",
    "settings",
    "fault",
    "form",
    "error",
    "date",
    "json",
    "paths",
    "rng",
];
const PYTHON: [&str; 12] = [
    "dataset",
    "client",
    "walk",
    "arrow",
    "stream",
    "command",
    "entity",
    "failure",
    "checkpoint",
    "argument",
    "exception",
    "runtime",
];
const FETCH: [&str; 16] = [
    "task",
    "error",
    "exchange",
    "client_login",
    "retry",
    "auth",
    "limit",
    "transport",
    "trace",
    "service_clock",
    "refusal",
    "retry_after",
    "failure",
    "conversation_query",
    "endpoint",
    "deadline",
];

/// Outside crates of the library that one folder (or two) may use.
const OUTSIDE: [(&str, &[&str]); 9] = [
    ("reqwest", &["fetch/transport"]),
    ("hyper", &["fetch/transport"]),
    ("rustls", &["fetch/transport"]),
    ("native_tls", &["fetch/transport"]),
    ("governor", &["fetch/limit"]),
    ("async_stream", &["paging"]),
    ("serde_json", &["decode", "model"]),
    ("jiff", &["model"]),
    ("fastrand", &["fetch/retry"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn house(file: &str) -> House {
    House::read(&root().join(file))
}

#[test]
fn no_file_is_in_a_circle() {
    for (file, _) in HOUSES {
        assert_eq!(house(file).file_circles(), NONE, "{file}");
    }
}

#[test]
fn no_folder_is_in_a_circle_with_its_siblings() {
    for (file, _) in HOUSES {
        assert_eq!(house(file).sibling_circles(), NONE, "{file}");
    }
}

#[test]
fn a_layer_uses_only_those_below_it() {
    for (file, layers) in HOUSES {
        assert_eq!(house(file).upward_uses("", layers), NONE, "{file}");
    }
    assert_eq!(house("src/lib.rs").upward_uses("fetch", &FETCH), NONE);
}

#[test]
fn an_outside_crate_has_one_user() {
    let library = house("src/lib.rs");
    for (name, allowed) in OUTSIDE {
        let is_used = library
            .files
            .values()
            .any(|file| file.outside.contains(name));
        assert!(is_used, "{name} is used nowhere: drop it from the list");
        assert_eq!(library.other_users(name, allowed), NONE, "{name}");
    }
}

#[test]
fn the_emulator_does_not_use_the_library() {
    let emulator = house("emulator/src/lib.rs");
    assert_eq!(emulator.other_users("journey_events", &[]), NONE);
}

/// Every `.rs` file below a folder but those of tests, up to its own tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            found.push((path, production.to_owned()));
        }
    }
    found
}

fn lines_without_examples(text: &str) -> usize {
    let mut is_example = false;
    let counted = text.lines().filter(|line| {
        let comment = line.trim_start();
        let fence = comment
            .strip_prefix("///")
            .or_else(|| comment.strip_prefix("//!"))
            .is_some_and(|line| line.trim_start().starts_with("```"));
        is_example ^= fence;
        !is_example && !fence
    });
    counted.count()
}

#[test]
fn a_file_is_short_enough_to_be_one_thing() {
    for folder in [
        "src",
        "cli/src",
        "dataset/src",
        "emulator/src",
        "python/src",
    ] {
        for (path, text) in sources(&root().join(folder)) {
            let lines = lines_without_examples(&text);
            assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
        }
    }
}

/// The machine's clock may jump, so it is read only where the service names a date without its own.
#[test]
fn row_56_the_wall_clock_is_read_for_a_retry_after_date_alone() {
    let mut readers = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        for clock in ["UNIX_EPOCH", "Zoned::now", "Timestamp::now"] {
            assert!(!text.contains(clock), "{clock} in {}", path.display());
        }
        let reads = text.matches("SystemTime::now").count();
        readers.extend((reads > 0).then(|| (path.file_name().unwrap().to_owned(), reads)));
    }
    assert_eq!(readers, [("retry_after.rs".into(), 1)]);
}
