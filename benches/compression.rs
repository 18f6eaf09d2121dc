//! Bytes on the wire and duration of a walk, by content encoding.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use futures::TryStreamExt;
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, Encoding, PageServer, Session};
use support::rounds::{Candidate, Rounds, format_duration, print_row};

const EVENTS: u64 = 10_000;
const ROUNDS: usize = 11;

async fn walk(base_url: &str) {
    let events = support::client(base_url).session_events(SESSION).stream();
    let count = events.try_fold(0, |count, _| std::future::ready(Ok(count + 1)));
    assert_eq!(count.await.unwrap(), EVENTS);
}

/// Encoded length of the first page.
async fn encoded_length(base_url: &str) -> usize {
    let client = reqwest::Client::builder().no_gzip().no_brotli().build();
    let url = format!("{base_url}/api/v2/journey/sessions/{SESSION}/events?pageSize=200");
    let response = client.unwrap().get(url).send().await.unwrap();
    response.bytes().await.unwrap().len()
}

fn main() {
    page_server::serve_if_requested();
    let runtime = Runtime::new().unwrap();
    let servers = Encoding::ALL.map(|encoding| {
        PageServer::start(Session {
            encoding,
            ..Session::with_events(EVENTS)
        })
    });
    let names = Encoding::ALL.map(Encoding::name);
    let candidates = names.iter().zip(&servers).map(|(name, server)| {
        let runtime = &runtime;
        Candidate::timed(name, move || runtime.block_on(walk(&server.base_url)))
    });
    let rounds = Rounds::run(ROUNDS, candidates.collect());
    let lengths = servers
        .each_ref()
        .map(|server| runtime.block_on(encoded_length(&server.base_url)));
    let cell = |index: usize| {
        let time = format_duration(rounds.median(names[index]));
        format!(
            "{}: {} KB per page, {time}",
            names[index],
            lengths[index] / 1000
        )
    };
    for index in [1, 2] {
        let ratio = lengths[index] as f64 / lengths[0] as f64;
        let figure = "compression, 10,000 events";
        print_row(&[figure, &cell(index), &cell(0), &format!("{ratio:.2}"), ""]);
    }
}
