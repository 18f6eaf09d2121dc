//! Whole runs without a quota: events a second, peak memory, ledger bytes a session, and a second run that has
//! nothing to do.
//!
//! ```text
//! cargo bench -p journey-events-dataset --bench sync [-- SESSIONS...]
//! ```
//!
//! The emulator, and each number of sessions, run in processes of their own, so that memory is that of the run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints its results, and fails by panicking"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use journey_events::{Client, RateLimit};
use journey_events_dataset::format::Format;
use journey_events_dataset::{
    Dataset, Ended, LedgerOptions, Report, RunProgress, Settings, Sources, SyncOptions, sync,
};
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::Instant;

const EVENTS: u64 = 10;
const SERVE: &str = "serve";
const MEASURE: &str = "measure";

fn main() {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [SERVE, sessions] => Runtime::new()
            .unwrap()
            .block_on(serve(sessions.parse().unwrap())),
        [MEASURE, sessions] => measure(sessions.parse().unwrap()),
        [] => all(&["1000", "100000"]),
        ref sizes => all(sizes),
    }
}

fn all(sizes: &[&str]) {
    println!(
        "| sessions of {EVENTS} events | s | events/s | files | peak MB | ledger bytes a session | second run, s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for sessions in sizes {
        let mut process = Command::new(std::env::current_exe().unwrap());
        let status = process.args([MEASURE, sessions]).status();
        assert!(status.unwrap().success());
    }
}

/// Serves until stdin is closed.
async fn serve(sessions: u64) {
    let builder = Emulator::builder().sessions(sessions).events(EVENTS);
    let emulator = builder.start().await.unwrap();
    println!("{}", emulator.base_url());
    for id in emulator.sessions().iter().map(SessionInfo::id) {
        println!("{id}");
    }
    println!();
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()))
        .await
        .unwrap()
        .unwrap();
}

fn measure(sessions: u64) {
    let mut service = Command::new(std::env::current_exe().unwrap())
        .args([SERVE, &sessions.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(service.stdout.take().unwrap()).lines();
    let mut lines = lines
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty());
    let base_url = lines.next().unwrap();
    let sources = Sources {
        sessions: lines.collect(),
        ..Sources::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(Format::Parquet, &base_url);
    let dataset = Dataset::create(folder.path(), settings, &LedgerOptions::default()).unwrap();
    let builder = Client::builder().base_url(&base_url).access_token("any");
    let client = builder.rate_limit(RateLimit::unlimited()).build().unwrap();
    let runtime = Runtime::new().unwrap();
    let (first, seconds) = runtime.block_on(run(&dataset, &client, &sources));
    assert_eq!(
        (&first.ended, first.events),
        (&Ended::Complete, sessions * EVENTS)
    );
    let ledger = fs::metadata(folder.path().join("_journey-events/ledger.db"));
    let ledger = ledger.unwrap().len() as f64 / sessions as f64;
    let peak = peak_megabytes();
    let (second, again) = runtime.block_on(run(&dataset, &client, &Sources::default()));
    assert_eq!((second.ended, second.requests), (Ended::Complete, 0));
    println!(
        "| {sessions} | {seconds:.1} | {:.0} | {} | {peak:.1} | {ledger:.0} | {again:.2} |",
        first.events as f64 / seconds,
        first.files.len(),
    );
    drop(service.stdin.take());
    service.wait().unwrap();
}

async fn run(dataset: &Dataset, client: &Client, sources: &Sources) -> (Report, f64) {
    let start = Instant::now();
    let options = SyncOptions::default();
    let (progress, _) = watch::channel(RunProgress::default());
    let stop = std::future::pending();
    let report = sync(dataset, client, sources, options, stop, &progress).await;
    (report.unwrap(), start.elapsed().as_secs_f64())
}

/// Peak memory of this process, where the system tells.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1_024.0)
}
