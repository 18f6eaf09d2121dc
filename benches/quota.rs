//! One-page sessions under a quota of 300 requests per fixed one-minute window, with 100 ms latency: time
//! to the last page, and number of 429s.
//!
//! Simulated minutes take about a second: clients and emulator share a runtime whose paused clock advances
//! when it is idle. A ticker limits each step to a millisecond, so that data in sockets arrives in time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use journey_events::Client;
use journey_events_emulator::Emulator;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

mod support;
use support::rounds::{Candidate, Rounds, format_duration, print_row};

const WINDOW: Duration = Duration::from_secs(60);
const REQUESTS: u32 = 300;
const LATENCY: Duration = Duration::from_millis(100);
const CONCURRENCY: usize = 64;
const ROUNDS: usize = 5;

const THIS: &str = "this crate";
const SAFE: &str = "governor, 270/min, burst 20";
const PER_MINUTE: &str = "governor, per_minute(300)";
const SLEEP: &str = "sleep on 429";
const IDEAL: &str = "ideal client";

/// Walks all sessions with the named client. Returns the duration and the number of 429s.
fn run(name: &'static str, sessions: u32) -> (Duration, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::spawn(async {
            loop {
                sleep(Duration::from_millis(1)).await;
            }
        });
        let emulator = Emulator::builder().events(1).latency(LATENCY);
        let emulator = emulator.quota(REQUESTS).quota_window(WINDOW);
        let emulator = emulator.start().await.unwrap();
        let session = emulator.sessions()[0].id();
        let start = Instant::now();
        if name == THIS {
            this_crate(emulator.base_url(), session, sessions).await;
        } else {
            let pace = Pace::named(name);
            plain_client(emulator.base_url(), session, sessions, &pace).await;
        }
        (start.elapsed(), emulator.throttled())
    })
}

async fn this_crate(base_url: &str, session: &str, sessions: u32) {
    let client = Client::builder().base_url(base_url).access_token("any");
    let client = client.build().unwrap();
    let walks = (0..sessions).map(|_| client.session_events(session).stream().try_collect());
    let walks = futures::stream::iter(walks).buffer_unordered(CONCURRENCY);
    walks
        .for_each(async |events: Result<Vec<_>, _>| assert_eq!(events.unwrap().len(), 1))
        .await;
}

/// Sends requests at the given pace, and retries a 429 after its `Retry-After`.
async fn plain_client(base_url: &str, session: &str, sessions: u32, pace: &Pace) {
    let client = reqwest::Client::new();
    let url = format!("{base_url}/api/v2/journey/sessions/{session}/events?pageSize=200");
    let walk = async |_| loop {
        pace.wait().await;
        let response = client.get(&url).bearer_auth("any").send().await.unwrap();
        if response.status() == 429 {
            let seconds = response.headers()["retry-after"].to_str().unwrap();
            sleep(Duration::from_secs(seconds.parse().unwrap())).await;
            continue;
        }
        let body: serde_json::Value =
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(body["entities"].as_array().unwrap().len(), 1);
        break;
    };
    let walks = futures::stream::iter(0..sessions)
        .map(walk)
        .buffer_unordered(CONCURRENCY);
    walks.collect::<()>().await;
}

/// When a plain client sends requests.
enum Pace {
    Immediate,
    Governor(Governor),
    /// Knows that the service's window begins with the first request, and uses it up at the pace this crate
    /// has inside its own window.
    Ideal(Governor, Mutex<Window>),
}

impl Pace {
    fn named(name: &str) -> Self {
        match name {
            SAFE => Self::Governor(Governor::new(
                Quota::per_minute(count(270)).allow_burst(count(20)),
            )),
            PER_MINUTE => Self::Governor(Governor::new(Quota::per_minute(count(REQUESTS)))),
            SLEEP => Self::Immediate,
            IDEAL => {
                let inside = Quota::per_second(count(50)).allow_burst(count(10));
                let window = Window {
                    start: Instant::now(),
                    requests: 0,
                };
                Self::Ideal(Governor::new(inside), Mutex::new(window))
            }
            other => panic!("unknown client: {other}"),
        }
    }

    async fn wait(&self) {
        match self {
            Self::Immediate => {}
            Self::Governor(governor) => governor.wait().await,
            Self::Ideal(governor, window) => {
                let mut window = window.lock().await;
                if window.requests == REQUESTS {
                    // The service received the first request slightly after it was sent.
                    sleep_until(window.start + WINDOW + Duration::from_millis(10)).await;
                    window.requests = 0;
                }
                governor.wait().await;
                if window.requests == 0 {
                    window.start = Instant::now();
                }
                window.requests += 1;
            }
        }
    }
}

fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

struct Window {
    start: Instant,
    requests: u32,
}

/// `governor` on tokio's clock, which its own waiting doesn't use.
struct Governor {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
}

impl Governor {
    fn new(quota: Quota) -> Self {
        let clock = TokioClock(Arc::new(Instant::now()));
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
        }
    }

    async fn wait(&self) {
        while let Err(wait) = self.limiter.check() {
            sleep(wait.wait_time_from(self.clock.now())).await;
        }
    }
}

#[derive(Clone)]
struct TokioClock(Arc<Instant>);

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

fn main() {
    for (sessions, against) in [
        (
            300,
            [(SAFE, "≤ 0.3"), (PER_MINUTE, ""), (SLEEP, ""), (IDEAL, "")],
        ),
        (
            1_200,
            [
                (SAFE, ""),
                (PER_MINUTE, ""),
                (SLEEP, ""),
                (IDEAL, "≤ 1.005"),
            ],
        ),
    ] {
        let throttled_by_name = Rc::new(RefCell::new(HashMap::new()));
        let candidates = [THIS, SAFE, PER_MINUTE, SLEEP, IDEAL].map(|name| {
            let throttled_by_name = Rc::clone(&throttled_by_name);
            Candidate::measured(name, move || {
                let (time, throttled) = run(name, sessions);
                let mut by_name = throttled_by_name.borrow_mut();
                let most = by_name.entry(name).or_insert(0);
                *most = throttled.max(*most);
                time
            })
        });
        let rounds = Rounds::run(ROUNDS, candidates.into());
        let throttled = throttled_by_name.borrow();
        for (baseline, target) in against {
            let cell = |name| {
                format!(
                    "{name}: {}, {} × 429",
                    format_duration(rounds.median(name)),
                    throttled[name]
                )
            };
            let figure = format!("quota, {sessions} sessions");
            let ratio = format!("{:.3}", rounds.ratio(THIS, baseline));
            print_row(&[&figure, &cell(THIS), &cell(baseline), &ratio, target]);
        }
    }
}
