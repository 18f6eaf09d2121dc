use std::collections::BTreeSet;

use crate::support::program::{program, run};
use crate::support::service::SESSION;

#[tokio::test]
async fn an_invalid_argument_is_reported_with_its_value_and_what_is_allowed() {
    for (arguments, named) in [
        (
            vec!["events", SESSION, "--limit", "0"],
            ["--limit", "'0'", "1.."],
        ),
        (
            vec!["events", SESSION, "--quota", "0"],
            ["--quota", "'0'", "1.."],
        ),
        (
            vec!["events", SESSION, "--quota", "-1"],
            ["--quota", "'-1'", "1.."],
        ),
        (
            vec!["events", SESSION, "--region", "nowhere"],
            ["--region", "nowhere", "eu-central-1"],
        ),
        (vec!["events"], ["SESSION_ID", "required", ""]),
        (vec!["events", "a b"], ["SESSION_ID", "'a b'", "UUID"]),
        (vec!["demo", "--events", "many"], ["--events", "'many'", ""]),
        (
            vec!["demo", "--events", "1000000001"],
            ["--events", "1000000001", "1000000000"],
        ),
        (
            vec!["emulate", "--sessions", "0"],
            ["--sessions", "'0'", "1..=100000"],
        ),
        (vec!["emulate", "--quota", "0"], ["--quota", "'0'", "1.."]),
        (
            vec!["emulate", "--port", "65536"],
            ["--port", "65536", "65535"],
        ),
    ] {
        let ended = run(&mut program(&arguments)).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        for part in named {
            assert!(
                ended.stderr.contains(part),
                "{arguments:?} {part}: {}",
                ended.stderr
            );
        }
    }
}

#[tokio::test]
async fn missing_settings_are_reported_with_the_variables_to_set() {
    let ended = run(&mut program(&["events", SESSION])).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    for name in [
        "GENESYSCLOUD_REGION",
        "GENESYSCLOUD_ACCESS_TOKEN",
        "GENESYSCLOUD_OAUTHCLIENT_ID",
    ] {
        assert!(ended.stderr.contains(name), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn help_has_examples_variables_and_exit_statuses() {
    for (arguments, parts) in [
        (
            vec!["--help"],
            [
                "journey-events demo --events 1000 | wc -l",
                "Exit status",
                "130",
                "143",
            ],
        ),
        (
            vec!["events", "--help"],
            [
                "GENESYSCLOUD_OAUTHCLIENT_SECRET",
                "--event-type",
                "Examples",
                "journey:event:view",
            ],
        ),
        (
            vec!["sync", "--help"],
            ["--create", "Examples", "GENESYSCLOUD_", "Exit status"],
        ),
        (
            vec!["status", "--help"],
            ["--ledger", "--json", "Examples", "Exit status"],
        ),
        (
            vec!["ledger", "--help"],
            ["init", "retry", "cancel", "PostgreSQL"],
        ),
        (
            vec!["ledger", "retry", "--help"],
            ["--ledger", "Examples", "Exit status", "status"],
        ),
        (
            vec!["ledger", "cancel", "--help"],
            ["--worker", "--ledger", "Examples", "Exit status"],
        ),
        (
            vec!["forget", "--help"],
            ["--session", "--contact", "Examples", "Exit status"],
        ),
        (
            vec!["emulate", "--help"],
            ["base_url", "--check-tokens", "Example", "client_secret"],
        ),
    ] {
        let ended = run(&mut program(&arguments)).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        for part in parts {
            assert!(
                ended.stdout.contains(part),
                "{arguments:?} {part}: {}",
                ended.stdout
            );
        }
        let width = ended.stdout.lines().map(|line| line.chars().count()).max();
        assert!(width <= Some(100), "{arguments:?}: {width:?}");
    }
}

#[tokio::test]
async fn version_matches_the_package() {
    let ended = run(&mut program(&["--version"])).await;
    assert_eq!(
        ended.stdout,
        concat!("journey-events ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// Other users can see command lines.
#[tokio::test]
async fn attack_13_no_option_takes_a_secret() {
    for command in ["demo", "events", "doctor", "emulate"] {
        let help = run(&mut program(&[command, "--help"])).await.stdout;
        let options = help
            .lines()
            .filter(|line| line.trim_start().starts_with('-') && line.contains("--"));
        for option in options {
            let name = option
                .split_whitespace()
                .find(|word| word.starts_with("--"))
                .unwrap();
            let takes_a_secret = ["token", "secret", "password", "credential"]
                .iter()
                .any(|secret| name.contains(secret));
            // A flag, and a number of seconds.
            let is_harmless = matches!(name, "--check-tokens" | "--token-lifetime");
            assert!(!takes_a_secret || is_harmless, "{option}");
        }
    }
    for option in ["--access-token", "--token", "--client-secret"] {
        let ended = run(&mut program(&["events", SESSION, option, "canary"])).await;
        assert_eq!(ended.code, Some(2));
        assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
    }
}

/// Returns what begins with two dashes in a text, without its value.
fn options(text: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    text.split(|c: char| !is_name(c))
        .filter(|word| word.starts_with("--") && word.ends_with(|c: char| c.is_ascii_lowercase()))
        .collect()
}

#[tokio::test]
async fn the_table_of_options_has_every_option_and_no_other() {
    let table = include_str!("../../../docs/options.md");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let now: Vec<_> = rows.filter_map(|row| row.split(" | ").next()).collect();
    let listed: BTreeSet<_> = now.iter().flat_map(|cell| options(cell)).collect();
    let mut found = BTreeSet::new();
    for command in [
        "demo",
        "doctor",
        "emulate",
        "events",
        "forget",
        "ledger init",
        "ledger retry",
        "ledger cancel",
        "report",
        "sessions",
        "status",
        "sync",
    ] {
        let command: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = run(&mut program(&command)).await.stdout;
        let lines = help.lines().map(str::trim_start);
        let lines = lines.filter(|line| line.starts_with('-'));
        // `-q, --quiet` and `--format <FORMAT>`, but not a sentence about another option.
        let names = lines.filter_map(|line| options(line).into_iter().next());
        found.extend(names.map(ToOwned::to_owned));
    }
    found.remove("--help");
    assert_eq!(
        found.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        listed
    );
}
