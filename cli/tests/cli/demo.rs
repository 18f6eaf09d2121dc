use std::collections::HashSet;

use crate::support::program::{program, run};

#[tokio::test]
async fn demo_prints_the_requested_number_of_events_and_a_summary() {
    let ended = run(&mut program(&["demo", "--events", "450"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ids: HashSet<String> = ended
        .lines()
        .into_iter()
        .map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((ended.lines().len(), ids.len()), (450, 450));
    let stderr = ended.stderr;
    assert!(
        stderr.starts_with("journey-events: 450 events, 3 pages, 3 requests, "),
        "{stderr}"
    );
    assert!(
        stderr.contains(" seconds\n  next: ") && stderr.lines().count() == 2,
        "{stderr}"
    );
}

#[tokio::test]
async fn demo_prints_10000_events_by_default() {
    let ended = run(&mut program(&["demo"])).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(0), 10_000));
}

#[tokio::test]
async fn demo_of_an_empty_session_prints_nothing_and_succeeds() {
    let ended = run(&mut program(&["demo", "--events", "0"])).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(
        ended.stderr.contains("0 events, 1 page, 1 request,"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn demo_ignores_proxies_and_settings() {
    let mut command = program(&["demo", "--events", "1"]);
    command
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1");
    let ended = run(command.env("GENESYSCLOUD_REGION", "nowhere")).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 1),
        "{}",
        ended.stderr
    );
}
