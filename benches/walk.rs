//! A walk of 100,000 events of 2 KB over loopback without latency: this crate with all layers enabled,
//! compared with a hand-written loop and another crate.
//!
//! `cargo bench --bench walk` prints rows of the table in the README. `walk once NAME COUNT` walks that
//! many events once, for callgrind; see `benches/instructions`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::io::Write;

use futures::TryStreamExt;
use journey_events::{Event, EventStream};
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::baselines::{self, Endpoint};
use support::page_server::{self, PageServer, Session};
use support::rounds::{Candidate, Rounds};

const EVENTS: u64 = 100_000;
const ROUNDS: usize = 7;

fn events(server: &PageServer, read_ahead: usize) -> EventStream {
    support::client(&server.base_url)
        .session_events(SESSION)
        .read_ahead(read_ahead)
        .stream()
}

/// Walks the stream, calls `work` with each event, and returns their number.
async fn each(mut events: EventStream, mut work: impl FnMut(&Event)) -> u64 {
    let mut count = 0;
    while let Some(event) = events.try_next().await.unwrap() {
        work(&event);
        count += 1;
    }
    count
}

fn envelope(event: &Event) {
    std::hint::black_box(event);
}

fn bodies(event: &Event) {
    std::hint::black_box(event.body().unwrap());
}

/// Writes lines to /dev/null.
fn lines() -> impl FnMut(&Event) {
    let mut out = std::io::BufWriter::new(std::fs::File::create("/dev/null").unwrap());
    move |event| {
        out.write_all(event.json().as_bytes()).unwrap();
        out.write_all(b"\n").unwrap();
    }
}

const NAMES: [&str; 9] = [
    "floor",
    "typed loop",
    "page-turner",
    "envelopes",
    "envelopes, read-ahead 1",
    "bodies",
    "bodies, read-ahead 1",
    "lines",
    "lines, read-ahead 1",
];

/// Walks once with the named implementation.
async fn walk(name: &str, server: &PageServer, count: u64) {
    let endpoint = || Endpoint::new(&server.base_url);
    let walked = match name {
        "floor" => baselines::floor(&endpoint()).await * 200,
        "typed loop" => baselines::typed_loop(&endpoint()).await,
        "page-turner" => baselines::page_turner(&endpoint()).await,
        "envelopes" => each(events(server, 0), envelope).await,
        "envelopes, read-ahead 1" => each(events(server, 1), envelope).await,
        "bodies" => each(events(server, 0), bodies).await,
        "bodies, read-ahead 1" => each(events(server, 1), bodies).await,
        "lines" => each(events(server, 0), lines()).await,
        "lines, read-ahead 1" => each(events(server, 1), lines()).await,
        other => panic!("{other} is not one of {NAMES:?}"),
    };
    assert_eq!(walked, count, "{name}");
}

fn main() {
    page_server::serve_if_requested();
    let mut arguments = std::env::args().skip(1);
    let runtime = Runtime::new().unwrap();
    if arguments.next().as_deref() == Some("once") {
        let (name, count) = (arguments.next().unwrap(), arguments.next().unwrap());
        let count = count.parse().unwrap();
        let server = PageServer::start(Session::with_events(count));
        runtime.block_on(walk(&name, &server, count));
        return;
    }

    let server = PageServer::start(Session::with_events(EVENTS));
    let candidates = NAMES.map(|name| {
        let (runtime, server) = (&runtime, &server);
        Candidate::timed(name, move || {
            runtime.block_on(walk(name, server, EVENTS));
        })
    });
    let rounds = Rounds::run(ROUNDS, candidates.into());
    for (figure, name, baseline, target) in [
        ("walk, envelope only", "envelopes", "typed loop", "≤ 0.22"),
        (
            "walk, envelope only",
            "envelopes, read-ahead 1",
            "typed loop",
            "",
        ),
        ("walk, envelope only", "envelopes", "page-turner", ""),
        ("walk, envelope only", "envelopes", "floor", ""),
        ("walk, with bodies", "bodies", "typed loop", "≤ 0.6"),
        (
            "walk, with bodies",
            "bodies, read-ahead 1",
            "typed loop",
            "",
        ),
        ("walk, raw lines", "lines", "floor", "≤ 1.4"),
        ("walk, raw lines", "lines, read-ahead 1", "floor", ""),
    ] {
        rounds.print(figure, name, baseline, target);
    }
}
