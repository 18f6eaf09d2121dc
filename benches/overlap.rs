//! 50 ms per page on the wire and 50 ms of work per page in the consumer, sequential or overlapped by
//! read-ahead.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::time::Duration;

use futures::TryStreamExt;
use tokio::runtime::Runtime;
use tokio::time::sleep;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::rounds::{Candidate, Rounds};

const PAGES: usize = 20;
const DELAY: Duration = Duration::from_millis(50);
const ROUNDS: usize = 5;
const NAMES: [&str; 3] = ["read-ahead 0", "read-ahead 1", "read-ahead 2"];

async fn walk(base_url: &str, read_ahead: usize) {
    let mut pages = support::client(base_url)
        .session_events(SESSION)
        .read_ahead(read_ahead)
        .pages();
    let mut count = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        sleep(DELAY).await;
        drop(page);
        count += 1;
    }
    assert_eq!(count, PAGES);
}

fn main() {
    page_server::serve_if_requested();
    let server = PageServer::start(Session::with_latency(200 * PAGES as u64, DELAY));
    let runtime = Runtime::new().unwrap();
    let candidates = NAMES.iter().enumerate().map(|(read_ahead, name)| {
        let (runtime, base_url) = (&runtime, &server.base_url);
        Candidate::timed(name, move || runtime.block_on(walk(base_url, read_ahead)))
    });
    let rounds = Rounds::run(ROUNDS, candidates.collect());
    rounds.print("overlap of network and work", NAMES[1], NAMES[0], "≤ 0.6");
    rounds.print("overlap of network and work", NAMES[2], NAMES[0], "");
}
