//! One client, many sessions of five pages of 20 events, 64 at a time under one quota: does every session
//! get its turn, does the memory stay flat, and does the processor's work grow with the events?

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that can't run fails by panicking, and what it prints is its result"
)]

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use journey_events::{Client, RateLimit};
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::process::{again, cpu_time, mib, peak_memory};
use support::rounds::{median, now, row, shown};

const EVENTS: u64 = 100;
const PAGE: u64 = 20;
const FEW: u64 = 1_000;
const MANY: u64 = 10_000;
const AT_A_TIME: usize = 64;
/// Requests a second, so that it is the quota that all wait for.
const PACE: u32 = 2_500;
const ROUNDS: usize = 5;

/// What one run cost.
#[derive(Clone, Copy)]
struct Cost {
    /// Of the sessions from their begin to their end: the middle one and the longest.
    middle: Duration,
    longest: Duration,
    cpu: Duration,
    peak: u64,
}

/// Walks so many sessions and prints the cost.
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
            .buffer_unordered(AT_A_TIME);
        walks.collect::<Vec<_>>().await
    });
    let (cpu, longest) = (
        cpu_time().saturating_sub(before),
        *times.iter().max().unwrap(),
    );
    let middle = median(times);
    let micros = [middle, longest, cpu].map(|time| time.as_micros().to_string());
    println!("{} {}", micros.join(" "), peak_memory());
}

fn measured(base_url: &str, sessions: u64) -> Cost {
    let printed = again(&["walk", base_url, &sessions.to_string()]);
    let mut numbers = printed
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    let mut next = || numbers.next().unwrap();
    let [middle, longest, cpu] = [next(), next(), next()].map(Duration::from_micros);
    Cost {
        middle,
        longest,
        cpu,
        peak: next(),
    }
}

fn main() {
    page_server::serve_if_told();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [role, base_url, sessions] = &arguments[..]
        && role == "walk"
    {
        return walk(base_url, sessions.parse().unwrap());
    }
    let server = PageServer::start(Session {
        page: PAGE,
        ..Session::of(EVENTS)
    });
    let costs: Vec<_> = (0..ROUNDS)
        .map(|_| [FEW, MANY].map(|sessions| measured(&server.base_url, sessions)))
        .collect();
    let of = |each: fn(Cost) -> f64| {
        let values = |which: usize| median(costs.iter().map(|pair| each(pair[which])).collect());
        let ratio = median(
            costs
                .iter()
                .map(|pair| each(pair[1]) / each(pair[0]))
                .collect(),
        );
        (values(0), values(1), ratio)
    };
    let cells = [FEW, MANY].map(|sessions| format!("{sessions} sessions"));

    let (few, many, ratio) = of(|cost| mib(cost.peak));
    row(&[
        "scale, peak memory",
        &format!("{}: {many:.1} MiB", cells[1]),
        &format!("{}: {few:.1} MiB", cells[0]),
        &format!("{ratio:.2}"),
        "",
    ]);
    let (few, many, ratio) = of(|cost| cost.cpu.as_secs_f64());
    row(&[
        "scale, processor time",
        &format!("{}: {many:.2} s", cells[1]),
        &format!("{}: {few:.2} s", cells[0]),
        &format!("{ratio:.1}"),
        "",
    ]);
    let middle = median(costs.iter().map(|pair| pair[1].middle).collect());
    let longest = median(costs.iter().map(|pair| pair[1].longest).collect());
    let fairness = longest.as_secs_f64() / middle.as_secs_f64();
    row(&[
        &format!("scale, a session of {AT_A_TIME} at a time"),
        &format!("slowest: {}", shown(longest)),
        &format!("middle: {}", shown(middle)),
        &format!("{fairness:.2}"),
        "",
    ]);
}
