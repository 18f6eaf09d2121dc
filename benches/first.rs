//! Time to the first event of a page of 200, beside one plain request for that page: over a connection
//! that is open, and from nothing (settings, TLS roots, connection).

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
use journey_events::Client;
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::baselines::Endpoint;
use support::page_server::{self, PageServer, Session};
use support::rounds::{Contestant, Rounds};

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
    page_server::serve_if_told();
    let runtime = Runtime::new().unwrap();
    for (latency, target) in [(LATENCY, "≤ 1.05"), (Duration::ZERO, "")] {
        let server = PageServer::start(Session::late(200, latency));
        let base_url = &server.base_url;
        let (client, endpoint) = (support::client(base_url), Endpoint::new(base_url));
        let rounds = Rounds::run(
            ROUNDS,
            vec![
                Contestant::timed("first event", || runtime.block_on(first_event(&client))),
                Contestant::timed("plain request", || {
                    runtime.block_on(plain_request(&endpoint));
                }),
                Contestant::timed("first event, from nothing", || {
                    runtime.block_on(first_event(&support::client(base_url)));
                }),
                Contestant::timed("plain request, from nothing", || {
                    runtime.block_on(plain_request(&Endpoint::new(base_url)));
                }),
            ],
        );
        let figure = format!("first event, latency {} ms", latency.as_millis());
        rounds.print(&figure, "first event", "plain request", target);
        let (name, rival) = ("first event, from nothing", "plain request, from nothing");
        rounds.print(&figure, name, rival, "");
    }
}
