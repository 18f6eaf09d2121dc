//! Peak resident memory of a walk over ten thousand and over a million events, each in a separate
//! process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::hint::black_box;

use futures::TryStreamExt;
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::process::{mib, peak_memory, run_self};
use support::rounds::{median, print_row};

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
const ROUNDS: usize = 5;

/// Walks and prints the peak memory in bytes.
fn walk(base_url: &str, read_ahead: usize) {
    let walk = async {
        let request = support::client(base_url).session_events(SESSION);
        let mut events = request.read_ahead(read_ahead).stream();
        while let Some(event) = events.try_next().await.unwrap() {
            black_box(event);
        }
    };
    Runtime::new().unwrap().block_on(walk);
    println!("{}", peak_memory());
}

fn main() {
    page_server::serve_if_requested();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [role, base_url, read_ahead] = &arguments[..]
        && role == "walk"
    {
        return walk(base_url, read_ahead.parse().unwrap());
    }
    let servers = [FEW, MANY].map(|events| PageServer::start(Session::with_events(events)));
    for read_ahead in ["0", "1"] {
        let peak = |server: &PageServer| -> u64 {
            let output = run_self(&["walk", &server.base_url, read_ahead]);
            output.trim().parse().unwrap()
        };
        let peaks = (0..ROUNDS)
            .map(|_| servers.each_ref().map(peak))
            .collect::<Vec<_>>();
        let [few, many] = [0, 1].map(|index| mib(median(peaks.iter().map(|p| p[index]).collect())));
        let growth = median(
            peaks
                .iter()
                .map(|[few, many]| mib(*many) - mib(*few))
                .collect(),
        );
        print_row(&[
            &format!("peak memory, read-ahead {read_ahead}"),
            &format!("1,000,000 events: {many:.1} MiB"),
            &format!("10,000 events: {few:.1} MiB"),
            &format!("{growth:+.1} MiB"),
            "≤ +5 MB",
        ]);
    }
}
