//! What operators do about failures and workers.

use std::time::Duration;

use journey_events_emulator::{Emulator, SessionInfo};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::sleep;

use crate::support::files::text;
use crate::support::program::{Ended, Running, program, run};

/// `sync` of a new dataset without a quota to wait for.
fn sync(emulator: &Emulator, data: &str, sessions: &[&str]) -> Command {
    let mut command = program(&["sync", data, "--create", "--share-quota", "off"]);
    command
        .args(["--quota", "60000", "--base-url", emulator.base_url()])
        .args(sessions)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    command
}

async fn status(data: &str) -> Value {
    let ended = run(&mut program(&["status", data, "--json"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

async fn ledger(arguments: &[&str]) -> Ended {
    let ended = run(program(&["ledger"]).args(arguments)).await;
    assert_eq!(ended.stdout, "");
    ended
}

#[tokio::test]
async fn retry_says_how_much_is_due_again() {
    let emulator = Emulator::builder().sessions(2).events(3).start();
    let emulator = emulator.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = text(&data);
    let none = ledger(&["retry", data]).await;
    assert_eq!(none.code, Some(2), "{}", none.stderr);
    let unknown = "11111111-2222-4333-8444-555555555555";
    let known = emulator.sessions()[0].id();
    let synced = run(&mut sync(&emulator, data, &[known, unknown])).await;
    assert_eq!(synced.code, Some(1), "{}", synced.stderr);
    for _ in 0..2 {
        let retried = ledger(&["retry", data]).await;
        assert_eq!(retried.code, Some(0), "{}", retried.stderr);
        let said = "1 failed session or contact is due again";
        assert!(retried.stderr.contains(said), "{}", retried.stderr);
    }
    let shown = status(data).await;
    assert_eq!(shown["totals"]["failed"], 1);
    assert_eq!(shown.get("sessions_left"), None, "no worker is alive");
    let forget = ["forget", data, "--session", unknown];
    assert_eq!(run(&mut program(&forget)).await.code, Some(0));
    let nothing = ledger(&["retry", data]).await;
    assert_eq!(nothing.code, Some(0));
    assert!(
        nothing.stderr.contains("nothing to retry"),
        "{}",
        nothing.stderr
    );
}

#[tokio::test]
async fn a_cancelled_worker_that_is_alive_starts_over_and_loses_nothing() {
    let emulator = Emulator::builder().sessions(60).events(5);
    let emulator = emulator.latency(Duration::from_millis(500)).start();
    let emulator = emulator.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = text(&data);
    let ids: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let mut command = sync(&emulator, data, &ids);
    let mut running = Running::start(command.args(["--concurrency", "4", "--json"]));
    while emulator.requests() < 8 {
        sleep(Duration::from_millis(20)).await;
    }
    let shown = status(data).await;
    let worker = &shown["workers"][0];
    assert_eq!(worker["alive"], true);
    assert!(!worker["machine"].as_str().unwrap().is_empty());
    assert!(worker["last_sign_seconds"].as_u64().unwrap() < 30);
    assert!(shown["sessions_left"].as_u64().unwrap() > 0, "{shown}");
    let id = worker["id"].as_u64().unwrap();
    let process = worker["process"].as_u64().unwrap();
    let words = run(&mut program(&["status", data])).await.stdout;
    let named = format!("worker {id}: process {process} on ");
    assert!(words.contains(&named), "{words}");
    assert!(words.contains("left to read: "), "{words}");
    let wrong = ledger(&["cancel", data, "--worker", "999"]).await;
    assert_eq!(wrong.code, Some(1));
    let named = format!("{id} (process {process} on ");
    assert!(wrong.stderr.contains(&named), "{}", wrong.stderr);
    let cancelled = ledger(&["cancel", data, "--worker", &id.to_string()]).await;
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.stderr);
    let said = format!("worker {id} (process {process} on ");
    assert!(cancelled.stderr.contains(&said), "{}", cancelled.stderr);
    let report: Value = serde_json::from_str(&running.line().await).unwrap();
    assert!(running.exits().await.success());
    assert_eq!(report["events"], 300);
    let again = ledger(&["cancel", data, "--worker", &id.to_string()]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("nor any other"), "{}", again.stderr);
    let shown = status(data).await;
    assert_eq!(
        (&shown["totals"]["rows"], &shown["totals"]["settled"]),
        (&300.into(), &60.into())
    );
}

#[tokio::test]
async fn an_id_that_is_no_number_is_refused() {
    let refused = ledger(&["cancel", "data", "--worker", "one"]).await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--worker"), "{}", refused.stderr);
    assert_eq!(ledger(&["cancel", "data"]).await.code, Some(2));
}
