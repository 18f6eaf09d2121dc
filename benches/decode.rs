//! Decoding events from their JSON (the envelope, the typed body as well, or only the raw text), compared
//! with `serde_json::Value`.
//!
//! `cargo bench --bench decode` prints throughput, and rows of the table in the README.
//! `decode once NAME COUNT` decodes that many pages once, for callgrind; see `benches/instructions`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput};
use journey_events::Event;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::runtime::Runtime;

mod support;
use support::baselines::Endpoint;
use support::page_server::{self, PageServer, Session};
use support::rounds::{Candidate, Rounds, format_duration, print_row};

const EVENTS: u32 = 200;
const ROUNDS: usize = 41;
/// Repetitions per round.
const TIMES: u32 = 10;

/// The JSON of each event of a page.
fn lines() -> Vec<String> {
    let server = PageServer::start(Session::with_events(EVENTS.into()));
    let endpoint = Endpoint::new(&server.base_url);
    let page = Runtime::new().unwrap().block_on(endpoint.page(None));
    let page: HashMap<String, Box<RawValue>> = serde_json::from_slice(&page).unwrap();
    let events: Vec<&RawValue> = serde_json::from_str(page["entities"].get()).unwrap();
    let lines: Vec<_> = events.iter().map(|event| event.get().to_owned()).collect();
    assert_eq!(lines.len(), EVENTS as usize);
    lines
}

const NAMES: [&str; 5] = [
    "raw text",
    "envelopes",
    "envelopes and bodies",
    "serde_json::Value",
    "typed struct",
];

fn decode(name: &str, lines: &[String]) {
    for line in lines {
        let line = black_box(line.as_str());
        match name {
            "raw text" => drop(black_box(
                serde_json::from_str::<Box<RawValue>>(line).unwrap(),
            )),
            "envelopes" => drop(black_box(Event::from_json(line).unwrap())),
            "envelopes and bodies" => {
                let event = Event::from_json(line).unwrap();
                drop(black_box(event.body().unwrap()));
            }
            "serde_json::Value" => drop(black_box(serde_json::from_str::<Value>(line).unwrap())),
            "typed struct" => {
                drop(black_box(
                    serde_json::from_str::<support::baselines::TypedEvent>(line).unwrap(),
                ));
            }
            other => panic!("{other} is not one of {NAMES:?}"),
        }
    }
}

fn main() {
    page_server::serve_if_requested();
    let mut arguments = std::env::args().skip(1);
    let lines = lines();
    if arguments.next().as_deref() == Some("once") {
        let (name, times) = (arguments.next().unwrap(), arguments.next().unwrap());
        for _ in 0..times.parse().unwrap() {
            decode(&name, &lines);
        }
        return;
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("decode");
    let bytes = lines.iter().map(String::len).sum::<usize>() as u64;
    group.throughput(Throughput::Bytes(bytes));
    for name in NAMES {
        group.bench_function(name, |bencher| bencher.iter(|| decode(name, &lines)));
    }
    group.finish();

    let candidates = NAMES.map(|name| {
        let lines = &lines;
        Candidate::timed(name, move || (0..TIMES).for_each(|_| decode(name, lines)))
    });
    let rounds = Rounds::run(ROUNDS, candidates.into());
    let baseline = "serde_json::Value";
    for name in NAMES.into_iter().filter(|name| *name != baseline) {
        let cell = |name| {
            let time = rounds.median(name) / (TIMES * EVENTS);
            let speed = bytes as f64 / f64::from(EVENTS) / time.as_secs_f64() / 1e6;
            format!(
                "{name}: {} per event, {speed:.0} MB/s",
                format_duration(time)
            )
        };
        let ratio = format!("{:.2}", rounds.ratio(name, baseline));
        print_row(&["decode", &cell(name), &cell(baseline), &ratio, ""]);
    }
}
