//! The processor time of the same walk with the official SDKs. `PEERS` is the folder they are installed in (see
//! `benches/README.md`); without it nothing is measured.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures::TryStreamExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::process::{mib, output, peak_memory, run_self, threads_time};
use support::rounds::{Candidate, Rounds};

const EVENTS: u64 = 10_000;
const ROUNDS: usize = 9;

/// What each program prints. Equal hashes mean the same events in the same order.
#[derive(Deserialize)]
struct WalkResult {
    events: u64,
    ids_sha256: String,
    cpu_seconds: f64,
}

/// Walks with this crate and prints the same fields as the SDK programs.
fn walk(base_url: &str) {
    let (mut ids, mut count) = (Sha256::new(), 0);
    let (before, runtime) = (threads_time(), Runtime::new().unwrap());
    runtime.block_on(async {
        let mut events = support::client(base_url).session_events(SESSION).stream();
        while let Some(event) = events.try_next().await.unwrap() {
            ids.update(event.id().unwrap());
            ids.update("\n");
            count += 1;
        }
    });
    let used = threads_time().saturating_sub(before);
    let line = serde_json::json!({
        "peer": "journey-events",
        "events": count,
        "ids_sha256": hex(&ids.finalize()),
        "cpu_seconds": used.as_secs_f64(),
        "max_rss_mb": mib(peak_memory()).round(),
    });
    println!("{line}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn main() {
    page_server::serve_if_requested();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [role, base_url] = &arguments[..]
        && role == "walk"
    {
        return walk(base_url);
    }
    let Some(installed) = std::env::var_os("PEERS") else {
        println!("PEERS is not set: no official SDKs to compare with");
        return;
    };
    let installed = Path::new(&installed);
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let server = PageServer::start(Session::with_events(EVENTS));
    let base_url = &server.base_url;

    let expected_ids = std::cell::OnceCell::new();
    let cpu_time = |output: String| {
        let walked: WalkResult = serde_json::from_str(&output).unwrap();
        assert_eq!(walked.events, EVENTS);
        assert_eq!(
            &walked.ids_sha256,
            expected_ids.get_or_init(|| walked.ids_sha256.clone())
        );
        Duration::from_secs_f64(walked.cpu_seconds)
    };
    let node = || {
        let mut node = Command::new("node");
        node.env("NODE_PATH", installed.join("node_modules"))
            .arg(programs.join("walk.js"));
        cpu_time(output(node.args([base_url, SESSION])))
    };
    let python = || {
        let mut python = Command::new(installed.join("py/bin/python"));
        python.arg(programs.join("walk.py"));
        cpu_time(output(python.args([base_url, SESSION])))
    };
    let rounds = Rounds::run(
        ROUNDS,
        vec![
            Candidate::measured("this crate", || cpu_time(run_self(&["walk", base_url]))),
            Candidate::measured("JavaScript SDK", node),
            Candidate::measured("Python SDK", python),
        ],
    );
    for (peer, target) in [("JavaScript SDK", "≥ 8"), ("Python SDK", "≥ 150")] {
        rounds.print_speed(
            &format!("processor time for {EVENTS} events"),
            "this crate",
            peer,
            target,
        );
    }
}
