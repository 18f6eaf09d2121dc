//! Time to the first event of a page of 200, compared with one plain request for that page: over an open
//! connection, and from a cold start (client settings, TLS roots, connection).

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
use journey_events::Client;
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::baselines::Endpoint;
use support::page_server::{self, PageServer, Session};
use support::rounds::{Candidate, Rounds};

const LATENCY: Duration = Duration::from_millis(50);
const ROUNDS: usize = 21;

async fn first_event(client: &Client) {
    let mut events = client.session_events(SESSION).stream();
    assert!(events.try_next().await.unwrap().is_some());
}

async fn plain_request(endpoint: &Endpoint) {
    assert!(!endpoint.page(None).await.is_empty());
}

fn main() {
    page_server::serve_if_requested();
    let runtime = Runtime::new().unwrap();
    for (latency, target) in [(LATENCY, "≤ 1.05"), (Duration::ZERO, "≤ 1.5")] {
        let server = PageServer::start(Session::with_latency(200, latency));
        let base_url = &server.base_url;
        let (client, endpoint) = (support::client(base_url), Endpoint::new(base_url));
        let rounds = Rounds::run(
            ROUNDS,
            vec![
                Candidate::timed("first event", || runtime.block_on(first_event(&client))),
                Candidate::timed("plain request", || {
                    runtime.block_on(plain_request(&endpoint));
                }),
                Candidate::timed("first event, cold start", || {
                    runtime.block_on(first_event(&support::client(base_url)));
                }),
                Candidate::timed("plain request, cold start", || {
                    runtime.block_on(plain_request(&Endpoint::new(base_url)));
                }),
            ],
        );
        let figure = format!("first event, latency {} ms", latency.as_millis());
        rounds.print(&figure, "first event", "plain request", target);
        let (name, baseline) = ("first event, cold start", "plain request, cold start");
        rounds.print(&figure, name, baseline, "");
    }
}
