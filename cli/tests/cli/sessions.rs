//! Sessions found from contacts, conversations and intervals, by every command that takes them.

use std::collections::BTreeSet;
use std::fs;

use journey_events_emulator::{Emulator, SessionInfo};

use crate::support::files::{ids, text};
use crate::support::program::{Ended, program, run};

/// An interval with every conversation of the emulator.
const ALWAYS: &str = "2025-01-01/2026-01-01";

async fn emulator() -> Emulator {
    let emulator = Emulator::builder().sessions(12).events(5).start();
    emulator.await.unwrap()
}

async fn tool(emulator: &Emulator, command: &str, arguments: &[&str]) -> Ended {
    let mut program = program(&[command]);
    program
        .args(arguments)
        .args(["--base-url", emulator.base_url()])
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    run(&mut program).await
}

fn all(emulator: &Emulator) -> BTreeSet<&str> {
    emulator.sessions().iter().map(SessionInfo::id).collect()
}

#[tokio::test]
async fn sessions_are_listed_once_with_what_is_known_of_them() {
    let emulator = emulator().await;
    let contact = &emulator.contacts()[0];
    let conversation = &emulator.conversations()[0];
    let of_contact = tool(&emulator, "sessions", &["--contact", contact]).await;
    assert_eq!(of_contact.code, Some(0), "{}", of_contact.stderr);
    let lines = of_contact.lines();
    assert!(lines[0].starts_with("session_id\ttype\tstarted\t"));
    assert!(lines.len() > 1 && lines[1].contains(contact.as_str()));
    let arguments = [
        "--conversation",
        conversation,
        "--contact",
        contact,
        "--ids",
    ];
    let both = tool(&emulator, "sessions", &arguments).await;
    assert_eq!(both.code, Some(0), "{}", both.stderr);
    let found: BTreeSet<_> = both.lines().into_iter().collect();
    assert_eq!(found.len(), both.lines().len());
    assert!(found.is_subset(&all(&emulator)));
    let all_of_them = tool(&emulator, "sessions", &["--interval", ALWAYS, "--ids"]).await;
    assert_eq!(all_of_them.code, Some(0), "{}", all_of_them.stderr);
    assert_eq!(
        all_of_them.lines().into_iter().collect::<BTreeSet<_>>(),
        all(&emulator)
    );
}

#[tokio::test]
async fn a_printed_table_is_a_list_that_other_commands_read() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().unwrap();
    let (list, file) = (
        folder.path().join("found.tsv"),
        folder.path().join("out.ndjson"),
    );
    let found = tool(&emulator, "sessions", &["--interval", ALWAYS]).await;
    fs::write(&list, &found.stdout).unwrap();
    let arguments = ["--sessions", text(&list), "--output", text(&file)];
    let ended = tool(&emulator, "events", &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let read = ids(&file, "ndjson");
    assert_eq!(
        read.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        all(&emulator)
    );
}

#[tokio::test]
async fn events_sync_and_report_take_conversations_and_intervals() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (data, report, lines) = (path("data"), path("r.html"), path("out.ndjson"));
    let conversation = ["--conversation", &emulator.conversations()[0]];
    let interval = ["--interval", ALWAYS];
    for (command, arguments) in [
        ("events", vec!["--output", text(&lines)]),
        ("report", vec!["--output", text(&report)]),
        ("sync", vec![text(&data), "--create"]),
    ] {
        let ended = tool(
            &emulator,
            command,
            &[&arguments[..], &conversation].concat(),
        )
        .await;
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
        let arguments: Vec<_> = arguments
            .into_iter()
            .filter(|name| *name != "--create")
            .collect();
        let ended = tool(&emulator, command, &[&arguments[..], &interval].concat()).await;
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
        if command == "report" {
            assert!(ended.stderr.contains("60 events in"), "{}", ended.stderr);
        }
    }
    assert_eq!(ids(&lines, "ndjson").len(), 12);
    let status = run(&mut program(&["status", text(&data), "--json"])).await;
    assert!(status.stdout.contains("\"events\":60"), "{}", status.stdout);
}

#[tokio::test]
async fn an_id_of_another_kind_is_answered_with_the_command_for_it() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("r.html");
    for (id, kind, option) in [
        (
            &emulator.conversations()[0],
            "conversation",
            "--conversation",
        ),
        (&emulator.contacts()[0], "contact", "--contact"),
    ] {
        for (command, arguments) in [
            ("events", vec![id.as_str()]),
            ("report", vec![id.as_str(), "--output", text(&report)]),
        ] {
            let ended = tool(&emulator, command, &arguments).await;
            assert_eq!(ended.code, Some(1));
            let advice = format!(
                "next: journey-events {command} {option} {id} (with your other options); `{id}` is the id of a \
                 {kind}, not of a session"
            );
            assert_eq!(
                ended.stderr.matches("next: ").count(),
                1,
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains(&advice), "{}", ended.stderr);
        }
        // The command that was named works.
        let ended = tool(&emulator, "events", &[option, id]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stdout.is_empty());
    }
    let ended = tool(&emulator, "events", &["nobody"]).await;
    assert!(!ended.stderr.contains("is the id of"), "{}", ended.stderr);
}

#[tokio::test]
async fn what_cannot_be_found_is_an_error_that_names_it() {
    let emulator = emulator().await;
    for (arguments, named, code) in [
        (vec!["--conversation", "nobody"], "conversation nobody", 1),
        (vec!["--contact", "nobody"], "contact nobody", 1),
        (
            vec!["--interval", "2026-02-01/2026-01-01"],
            "isn't after its start",
            2,
        ),
        (vec!["--interval", "2026"], "2026-01-31/2026-02-01", 2),
        (vec![], "--conversation", 2),
    ] {
        for command in ["sessions", "events"] {
            let ended = tool(&emulator, command, &arguments).await;
            assert_eq!(ended.code, Some(code), "{command}: {}", ended.stderr);
            assert!(ended.stderr.contains(named), "{command}: {}", ended.stderr);
        }
    }
}

#[tokio::test]
async fn one_that_cannot_be_found_does_not_stop_the_others() {
    let emulator = emulator().await;
    let conversation = &emulator.conversations()[0];
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (command, arguments) in [
        ("sessions", vec![]),
        ("events", vec![]),
        ("sync", vec![text(&data), "--create"]),
    ] {
        let both = ["--conversation", "nobody", "--conversation", conversation];
        let ended = tool(&emulator, command, &[&arguments[..], &both].concat()).await;
        assert_eq!(ended.code, Some(1), "{command}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("conversation nobody"),
            "{}",
            ended.stderr
        );
        assert!(command == "sync" || ended.lines().len() > 1, "{command}");
    }
    let status = run(&mut program(&["status", text(&data), "--json"])).await;
    assert!(!status.stdout.contains("\"events\":0"), "{}", status.stdout);
}

#[tokio::test]
async fn a_search_that_fails_leaves_no_dataset_behind() {
    let refused = Emulator::builder()
        .sessions(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = [text(&data), "--create", "--interval", ALWAYS];
    let ended = tool(&refused, "sync", &arguments).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(!data.exists());
}

#[tokio::test]
async fn sync_names_the_command_for_an_id_of_another_kind() {
    let emulator = emulator().await;
    let conversation = emulator.conversations()[0].as_str();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ended = tool(&emulator, "sync", &[text(&data), "--create", conversation]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let named = format!("journey-events sync --conversation {conversation}");
    assert!(ended.stderr.contains(&named), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("journey-events forget"),
        "{}",
        ended.stderr
    );
}
