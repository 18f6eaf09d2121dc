//! One client reads many sessions of five pages of 20 events, 64 at a time under one quota. Measures
//! fairness between sessions, peak memory, and CPU time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use journey_events::{Client, RateLimit};
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::process::{cpu_time, mib, peak_memory, run_self};
use support::rounds::{format_duration, median, now, print_row};

const EVENTS: u64 = 100;
const PAGE: u64 = 20;
const FEW: u64 = 1_000;
const MANY: u64 = 10_000;
const CONCURRENCY: usize = 64;
/// Requests per second, low enough that every session waits for the quota.
const PACE: u32 = 2_500;
const ROUNDS: usize = 5;

/// Cost of one run.
#[derive(Clone, Copy)]
struct Cost {
    /// Median and longest duration of a session.
    median: Duration,
    longest: Duration,
    cpu: Duration,
    peak: u64,
}

/// Walks this many sessions and prints the cost.
fn walk(base_url: &str, sessions: u64) {
    let limit = RateLimit::per_minute(PACE * 60).per_second(PACE);
    let client = Client::builder().base_url(base_url).access_token("any");
    let client = client.rate_limit(limit).build().unwrap();
    let before = cpu_time();
    let times = Runtime::new().unwrap().block_on(async {
        let walk = async |_| {
            let start = now();
            let events = client.session_events(SESSION).stream();
            let count = events.try_fold(0, |count, _| std::future::ready(Ok(count + 1)));
            assert_eq!(count.await.unwrap(), EVENTS);
            start.elapsed()
        };
        let walks = futures::stream::iter(0..sessions)
            .map(walk)
            .buffer_unordered(CONCURRENCY);
        walks.collect::<Vec<_>>().await
    });
    let (cpu, longest) = (
        cpu_time().saturating_sub(before),
        *times.iter().max().unwrap(),
    );
    let median = median(times);
    let micros = [median, longest, cpu].map(|time| time.as_micros().to_string());
    println!("{} {}", micros.join(" "), peak_memory());
}

fn measured(base_url: &str, sessions: u64) -> Cost {
    let output = run_self(&["walk", base_url, &sessions.to_string()]);
    let mut numbers = output
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    let mut next = || numbers.next().unwrap();
    let [median, longest, cpu] = [next(), next(), next()].map(Duration::from_micros);
    Cost {
        median,
        longest,
        cpu,
        peak: next(),
    }
}

fn main() {
    page_server::serve_if_requested();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [role, base_url, sessions] = &arguments[..]
        && role == "walk"
    {
        return walk(base_url, sessions.parse().unwrap());
    }
    let server = PageServer::start(Session {
        page: PAGE,
        ..Session::with_events(EVENTS)
    });
    let costs: Vec<_> = (0..ROUNDS)
        .map(|_| [FEW, MANY].map(|sessions| measured(&server.base_url, sessions)))
        .collect();
    let summary = |each: fn(Cost) -> f64| {
        let values = |index: usize| median(costs.iter().map(|pair| each(pair[index])).collect());
        let ratio = median(
            costs
                .iter()
                .map(|pair| each(pair[1]) / each(pair[0]))
                .collect(),
        );
        (values(0), values(1), ratio)
    };
    let cells = [FEW, MANY].map(|sessions| format!("{sessions} sessions"));

    let (few, many, ratio) = summary(|cost| mib(cost.peak));
    print_row(&[
        "scale, peak memory",
        &format!("{}: {many:.1} MiB", cells[1]),
        &format!("{}: {few:.1} MiB", cells[0]),
        &format!("{ratio:.2}"),
        "",
    ]);
    let (few, many, ratio) = summary(|cost| cost.cpu.as_secs_f64());
    print_row(&[
        "scale, CPU time",
        &format!("{}: {many:.2} s", cells[1]),
        &format!("{}: {few:.2} s", cells[0]),
        &format!("{ratio:.1}"),
        "",
    ]);
    let typical = median(costs.iter().map(|pair| pair[1].median).collect());
    let longest = median(costs.iter().map(|pair| pair[1].longest).collect());
    let fairness = longest.as_secs_f64() / typical.as_secs_f64();
    print_row(&[
        &format!("scale, session duration, {CONCURRENCY} at a time"),
        &format!("slowest: {}", format_duration(longest)),
        &format!("median: {}", format_duration(typical)),
        &format!("{fairness:.2}"),
        "",
    ]);
}
