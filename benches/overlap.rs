//! 50 ms a page on the wire and 50 ms of work a page in the consumer, one after the other or at the same
//! time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that can't run fails by panicking, and what it prints is its result"
)]

use std::time::Duration;

use futures::TryStreamExt;
use tokio::runtime::Runtime;
use tokio::time::sleep;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::rounds::{Contestant, Rounds};

const PAGES: usize = 20;
const EACH: Duration = Duration::from_millis(50);
const ROUNDS: usize = 5;
const NAMES: [&str; 3] = ["read-ahead 0", "read-ahead 1", "read-ahead 2"];

async fn walk(base_url: &str, read_ahead: usize) {
    let mut pages = support::client(base_url)
        .session_events(SESSION)
        .read_ahead(read_ahead)
        .pages();
    let mut count = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        sleep(EACH).await;
        drop(page);
        count += 1;
    }
    assert_eq!(count, PAGES);
}

fn main() {
    page_server::serve_if_told();
    let server = PageServer::start(Session::late(200 * PAGES as u64, EACH));
    let runtime = Runtime::new().unwrap();
    let contestants = NAMES.iter().enumerate().map(|(read_ahead, name)| {
        let (runtime, base_url) = (&runtime, &server.base_url);
        Contestant::timed(name, move || runtime.block_on(walk(base_url, read_ahead)))
    });
    let rounds = Rounds::run(ROUNDS, contestants.collect());
    rounds.print("overlap of wire and work", NAMES[1], NAMES[0], "≤ 0.6");
    rounds.print("overlap of wire and work", NAMES[2], NAMES[0], "");
}
