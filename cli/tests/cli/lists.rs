//! Lists of ids, as people keep them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use journey_events_emulator::{Emulator, RecordedRequest};

use crate::support::program::{Ended, program, run};

const A: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";
const B: &str = "6c2d2f9f-0e7b-4e1f-9b8c-2e3d4c5b6a71";

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Syncs a list from a file, or from stdin if the option's value is `-`.
async fn sync(emulator: &Emulator, option: &str, value: &str, stdin: Option<PathBuf>) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("data");
    let dataset = dataset.to_str().unwrap();
    let mut command = program(&["sync", dataset, "--create", option, value]);
    command.args(["--base-url", emulator.base_url()]);
    if let Some(file) = stdin {
        command.stdin(Stdio::from(fs::File::open(file).unwrap()));
    }
    run(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any")).await
}

/// Returns the ids requested, each once.
fn requested(emulator: &Emulator, before: &str, after: &str) -> Vec<String> {
    let recorded = emulator.recorded();
    let id = |request: &RecordedRequest| {
        let id = request.path.strip_prefix(before)?.strip_suffix(after)?;
        Some(id.to_owned())
    };
    let mut ids: Vec<_> = recorded.iter().filter_map(id).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test]
async fn row_91_lists_with_a_mark_utf_16_crlf_blanks_a_header_and_duplicates_are_read() {
    for name in [
        "list-utf8-bom-crlf.txt",
        "list-utf16.txt",
        "list-with-header.csv",
    ] {
        for stdin in [None, Some(fixture(name))] {
            for (option, before, after) in [
                ("--sessions", "/api/v2/journey/sessions/", "/events"),
                (
                    "--contacts",
                    "/api/v2/externalcontacts/contacts/",
                    "/journey/sessions",
                ),
            ] {
                let emulator = Emulator::builder().events(1).start().await.unwrap();
                let file = fixture(name);
                let value = stdin.as_ref().map_or(file.to_str().unwrap(), |_| "-");
                let ended = sync(&emulator, option, value, stdin.clone()).await;
                // The service doesn't have them.
                assert_eq!(ended.code, Some(1), "{}", ended.stderr);
                // Each option reads its own column.
                let has_both = name == "list-with-header.csv" && option == "--contacts";
                let expected = if has_both { ["a", "b"] } else { [A, B] };
                assert_eq!(requested(&emulator, before, after), expected, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn row_91_a_list_that_cannot_be_read_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().events(1).start().await.unwrap();
    for (text, named) in [
        (format!("{A}\r\n5b1c 1e8e\r\n"), "line 2 of "),
        (format!("{A};{B}\n"), "several columns may have the ids"),
        ("{\"id\":\"a\"}\n".to_owned(), "JSON"),
    ] {
        let list = folder.path().join("list.txt");
        fs::write(&list, text).unwrap();
        for option in ["--sessions", "--contacts"] {
            let ended = sync(&emulator, option, list.to_str().unwrap(), None).await;
            assert_eq!(ended.code, Some(2), "{}", ended.stderr);
            let error = &ended.stderr;
            assert!(
                error.contains(named) && error.contains("list.txt"),
                "{error}"
            );
        }
    }
    let ended = sync(&emulator, "--sessions", "/nowhere/list.txt", None).await;
    assert!(ended.stderr.contains("can't read /nowhere/list.txt"));
    assert!(emulator.recorded().is_empty());
}
