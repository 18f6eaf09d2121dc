//! Bytes on the wire and time of a walk, by the encoding that the service chose.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that can't run fails by panicking, and what it prints is its result"
)]

use futures::TryStreamExt;
use journey_events::reqwest;
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, Encoding, PageServer, Session};
use support::rounds::{Contestant, Rounds, row, shown};

const EVENTS: u64 = 10_000;
const ROUNDS: usize = 11;

async fn walk(base_url: &str) {
    let events = support::client(base_url).session_events(SESSION).stream();
    let count = events.try_fold(0, |count, _| std::future::ready(Ok(count + 1)));
    assert_eq!(count.await.unwrap(), EVENTS);
}

/// Length of the first page as it is sent.
async fn length(base_url: &str) -> usize {
    let client = reqwest::Client::builder().no_gzip().no_brotli().build();
    let url = format!("{base_url}/api/v2/journey/sessions/{SESSION}/events?pageSize=200");
    let answer = client.unwrap().get(url).send().await.unwrap();
    answer.bytes().await.unwrap().len()
}

fn main() {
    page_server::serve_if_told();
    let runtime = Runtime::new().unwrap();
    let servers = Encoding::ALL.map(|encoding| {
        PageServer::start(Session {
            encoding,
            ..Session::of(EVENTS)
        })
    });
    let names = Encoding::ALL.map(Encoding::name);
    let contestants = names.iter().zip(&servers).map(|(name, server)| {
        let runtime = &runtime;
        Contestant::timed(name, move || runtime.block_on(walk(&server.base_url)))
    });
    let rounds = Rounds::run(ROUNDS, contestants.collect());
    let lengths = servers
        .each_ref()
        .map(|server| runtime.block_on(length(&server.base_url)));
    let of = |which: usize| {
        let time = shown(rounds.median(names[which]));
        format!(
            "{}: {} KB a page, {time}",
            names[which],
            lengths[which] / 1000
        )
    };
    for which in [1, 2] {
        let ratio = lengths[which] as f64 / lengths[0] as f64;
        let figure = "bytes on the wire; a walk of 10,000 events";
        row(&[figure, &of(which), &of(0), &format!("{ratio:.2}"), ""]);
    }
}
