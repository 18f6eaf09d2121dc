//! One client and many sessions, 64 at a time. Without a quota and with sessions of one page: peak memory and CPU
//! time by the number of sessions. With sessions of five pages that all wait for one quota: fairness between them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use journey_events::{Client, RateLimit};
use tokio::runtime::Runtime;

mod support;
use support::SESSION;
use support::page_server::{self, PageServer, Session};
use support::process::{cpu_time, mib, peak_memory, run_self};
use support::rounds::{format_duration, median, now, print_row};

/// Events of a page.
const PAGES: [u64; 2] = [1, 20];
const FEW: u64 = 1_000;
const MANY: u64 = 100_000;
const FAIR: u64 = 10_000;
const CONCURRENCY: usize = 64;
/// Requests per second, low enough that every session waits for the quota.
const PACE: u32 = 2_500;
const ROUNDS: usize = 5;

/// Walks this many sessions and yields how long each took.
fn walks(base_url: &str, limit: RateLimit, sessions: u64) -> impl Stream<Item = Duration> {
    let client = Client::builder().base_url(base_url).access_token("any");
    let client = client.rate_limit(limit).build().unwrap();
    let walk = move |_| {
        let events = client.session_events(SESSION).stream();
        async move {
            let start = now();
            let count = events.try_fold(0, |count, _| std::future::ready(Ok(count + 1)));
            assert_ne!(count.await.unwrap(), 0);
            start.elapsed()
        }
    };
    futures::stream::iter(0..sessions)
        .map(walk)
        .buffer_unordered(CONCURRENCY)
}

/// Walks without keeping anything, and prints peak memory in bytes and CPU time in microseconds.
fn cost(base_url: &str, sessions: u64) {
    let before = cpu_time();
    let walks = walks(base_url, RateLimit::unlimited(), sessions);
    let count = Runtime::new().unwrap().block_on(walks.count());
    assert_eq!(count as u64, sessions);
    let cpu = cpu_time().saturating_sub(before);
    println!("{} {}", peak_memory(), cpu.as_micros());
}

/// Walks under a quota, and prints median and longest duration of a session in microseconds.
fn fairness(base_url: &str, sessions: u64) {
    let limit = RateLimit::per_minute(PACE * 60).per_second(PACE);
    let walks = walks(base_url, limit, sessions);
    let times: Vec<_> = Runtime::new().unwrap().block_on(walks.collect());
    let longest = *times.iter().max().unwrap();
    println!("{} {}", median(times).as_micros(), longest.as_micros());
}

/// Runs one of the above in a process of its own and returns the two numbers that it prints.
fn measured(role: &str, base_url: &str, sessions: u64) -> [u64; 2] {
    let output = run_self(&[role, base_url, &sessions.to_string()]);
    let mut numbers = output
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    [(); 2].map(|()| numbers.next().unwrap())
}

fn main() {
    page_server::serve_if_requested();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [role, base_url, sessions] = &arguments[..] {
        let sessions = sessions.parse().unwrap();
        return match &role[..] {
            "cost" => cost(base_url, sessions),
            "fairness" => fairness(base_url, sessions),
            other => panic!("{other} is no role"),
        };
    }
    for (page, target) in PAGES.into_iter().zip(["≤ +1 MiB", ""]) {
        print_cost(&server(page, 1), &format!("scale, pages of {page}"), target);
    }
    print_fairness(&server(20, 5));
}

fn server(page: u64, pages: u64) -> PageServer {
    PageServer::start(Session {
        page,
        ..Session::with_events(page * pages)
    })
}

fn print_cost(server: &PageServer, figure: &str, target: &str) {
    let costs: Vec<_> = (0..ROUNDS)
        .map(|_| [FEW, MANY].map(|sessions| measured("cost", &server.base_url, sessions)))
        .collect();
    let of_all = |value: fn(&[[u64; 2]; 2]) -> f64| median(costs.iter().map(value).collect());
    let peaks = [
        of_all(|[_, many]| mib(many[0])),
        of_all(|[few, _]| mib(few[0])),
    ];
    print_row(&[
        &format!("{figure}, peak memory"),
        &format!("{MANY} sessions: {:.1} MiB", peaks[0]),
        &format!("{FEW} sessions: {:.1} MiB", peaks[1]),
        &format!(
            "{:+.1} MiB",
            of_all(|[few, many]| mib(many[0]) - mib(few[0]))
        ),
        target,
    ]);
    let each = [
        of_all(|[_, many]| many[1] as f64 / MANY as f64),
        of_all(|[few, _]| few[1] as f64 / FEW as f64),
    ];
    let duration = |micros: f64| format_duration(Duration::from_secs_f64(micros / 1e6));
    print_row(&[
        &format!("{figure}, CPU time per session"),
        &format!("{MANY} sessions: {}", duration(each[0])),
        &format!("{FEW} sessions: {}", duration(each[1])),
        &format!("{:.2}", each[0] / each[1]),
        "",
    ]);
}

fn print_fairness(server: &PageServer) {
    let times: Vec<_> = (0..ROUNDS)
        .map(|_| measured("fairness", &server.base_url, FAIR))
        .collect();
    let [typical, longest] = [0, 1].map(|index| {
        let times = times
            .iter()
            .map(|times| Duration::from_micros(times[index]));
        median(times.collect())
    });
    let fairness = longest.as_secs_f64() / typical.as_secs_f64();
    print_row(&[
        &format!("scale, session duration, {CONCURRENCY} of {FAIR} at a time"),
        &format!("slowest: {}", format_duration(longest)),
        &format!("median: {}", format_duration(typical)),
        &format!("{fairness:.2}"),
        "",
    ]);
}
