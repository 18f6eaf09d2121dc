//! Real processes: this test's own program, started again.

#![allow(
    clippy::print_stdout,
    reason = "processes talk through it, and a long test reports its time"
)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use journey_events::{Client, Quota};
use journey_events_emulator::{Emulator, QuotaWindow};
use tokio::time::{Instant, timeout};

use super::{House, Place, in_every_house, short};
use crate::quota::rules::Rules;

/// The variable that makes a test the program of a child.
const ROLE: &str = "JOURNEY_EVENTS_TEST_CHILD";

/// What a child does.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
enum Role {
    /// Requests one page of a session again and again.
    Client {
        place: Place,
        base_url: String,
        session: String,
        requests: usize,
        quota: u32,
        period: Duration,
    },
    /// Takes permits and keeps them.
    Hoarder {
        place: Place,
        permits: usize,
        quota: u32,
    },
    /// Requests permits one after the other, without a pace, and reports how long each took.
    Busy { place: Place, permits: usize },
}

struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start(role: &Role) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "quota::tests::processes::child",
                "--ignored",
                "--nocapture",
            ])
            .env(ROLE, serde_json::to_string(role).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Waits for a line of the child's, among those of the test harness.
    fn says(&mut self, expected: &str) {
        let mut line = String::new();
        while line.trim() != expected {
            line.clear();
            let read = self.stdout.read_line(&mut line).unwrap();
            assert!(read > 0, "the child ended before it said {expected:?}");
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for_go() {
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[tokio::test]
#[ignore = "the program of the other tests' processes"]
async fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    match serde_json::from_str(&role).unwrap() {
        Role::Client {
            place,
            base_url,
            session,
            requests,
            quota,
            period,
        } => {
            let rules = Rules {
                period,
                ..Rules::default()
            };
            let shared = place.open(quota, rules);
            let client = Client::builder().base_url(base_url).access_token("any");
            let client = client.quota(shared).build().unwrap();
            wait_for_go();
            let pages = (0..requests).map(|_| client.session_events(&session).stream());
            let walks = stream::iter(pages).map(TryStreamExt::try_collect::<Vec<_>>);
            walks
                .buffer_unordered(16)
                .for_each(async |events| assert_eq!(events.unwrap().len(), 1))
                .await;
            println!("\ndone");
        }
        Role::Hoarder {
            place,
            permits,
            quota,
        } => {
            let shared = place.open(quota, short());
            let mut kept = Vec::new();
            for _ in 0..permits {
                kept.push(shared.permit().await.unwrap());
            }
            wait_for_go();
        }
        Role::Busy { place, permits } => {
            let rules = Rules {
                interval: Duration::ZERO,
                ..Rules::default()
            };
            let shared = place.open(u32::MAX, rules);
            wait_for_go();
            let mut times = Vec::new();
            for _ in 0..permits {
                let start = Instant::now();
                let permit = shared.permit().await.unwrap();
                times.push(start.elapsed().as_micros());
                drop(permit);
            }
            println!("\n{times:?}");
        }
    }
}

/// Run with `cargo test --release -p journey-events-dataset --lib -- --ignored busy --nocapture`.
#[test]
#[ignore = "measures, and the machine should be idle"]
fn permits_of_four_busy_processes() {
    let house = House::folder();
    let role = Role::Busy {
        place: house.place(),
        permits: 2_000,
    };
    let mut all: Vec<_> = (0..4).map(|_| Process::start(&role)).collect();
    for process in &mut all {
        process.says("ready");
    }
    for process in &mut all {
        process.tell("go");
    }
    let mut times: Vec<u64> = Vec::new();
    for process in &mut all {
        let mut line = String::new();
        while !line.starts_with('[') {
            line.clear();
            assert!(process.stdout.read_line(&mut line).unwrap() > 0);
        }
        times.extend(serde_json::from_str::<Vec<u64>>(&line).unwrap());
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100];
    println!(
        "\npermit: median {} µs, 99th percentile {} µs",
        at(50),
        at(99)
    );
}

/// Lets processes share an emulator's quota. Returns how long they took, from the word go.
async fn share(
    house: House,
    processes: usize,
    requests_each: usize,
    quota: u32,
    window: Duration,
    kind: QuotaWindow,
) -> Duration {
    let emulator = Emulator::builder().events(1).quota(quota);
    let emulator = emulator.quota_window(window).quota_kind(kind);
    let emulator = emulator.start().await.unwrap();
    let role = Role::Client {
        place: house.place(),
        base_url: emulator.base_url().to_owned(),
        session: emulator.sessions()[0].id().to_owned(),
        requests: requests_each,
        quota,
        period: window + Duration::from_secs(1),
    };
    let took = tokio::task::spawn_blocking(move || {
        let mut all: Vec<_> = (0..processes).map(|_| Process::start(&role)).collect();
        for process in &mut all {
            process.says("ready");
        }
        let start = Instant::now();
        for process in &mut all {
            process.tell("go");
        }
        for process in &mut all {
            process.says("done");
        }
        start.elapsed()
    });
    let took = took.await.unwrap();
    assert_eq!(emulator.throttled(), 0, "not one 429");
    assert_eq!(emulator.requests(), (processes * requests_each) as u64);
    took
}

/// Three windows, the last of which is used up in a burst of 10 and the rest at 50 a second.
fn is_ideal(took: Duration, period: Duration, quota: u32) {
    // All requests are answered, which frees their slots 950 ms sooner.
    let in_use = period.saturating_sub(Duration::from_millis(950));
    let ideal = 2 * in_use + Duration::from_millis(20) * (quota - 10);
    let late = took.saturating_sub(ideal);
    assert!(took >= 2 * in_use, "{took:?} is too fast");
    assert!(
        late < Duration::from_millis(500),
        "{took:?} instead of {ideal:?}"
    );
}

in_every_house!(
    two_processes_share_a_quota_without_a_429_in_the_ideal_time,
    four_processes_share_a_quota_without_a_429_in_the_ideal_time,
    a_killed_process_frees_nothing_too_early,
    a_killed_processs_lower_quota_does_not_count_for_ever,
);

async fn two_processes_share_a_quota_without_a_429_in_the_ideal_time(house: House) {
    let window = Duration::from_secs(2);
    let took = share(house, 2, 30, 20, window, QuotaWindow::Sliding).await;
    is_ideal(took, short().period, 20);
}

async fn four_processes_share_a_quota_without_a_429_in_the_ideal_time(house: House) {
    let window = Duration::from_secs(2);
    let took = share(house, 4, 15, 20, window, QuotaWindow::Fixed).await;
    is_ideal(took, short().period, 20);
}

/// Run with `cargo test -p journey-events-dataset --lib -- --ignored twelve_hundred --nocapture`.
#[tokio::test]
#[ignore = "takes more than three minutes"]
async fn twelve_hundred_sessions_in_four_processes_take_the_ideal_time() {
    twelve_hundred_sessions(House::folder()).await;
}

/// Run with `cargo test -p journey-events-dataset --lib -- --ignored twelve_hundred --nocapture`.
#[tokio::test]
#[ignore = "takes more than three minutes"]
async fn twelve_hundred_sessions_take_the_ideal_time_in_a_database() {
    if let Some(house) = House::database() {
        twelve_hundred_sessions(house).await;
    }
}

async fn twelve_hundred_sessions(house: House) {
    let window = Duration::from_secs(60);
    let took = share(house, 4, 300, 300, window, QuotaWindow::Fixed).await;
    // What a client takes that knows when the service's window begins: 5.8 s for the last 300.
    let ideal = 3.0 * 60.0 + 5.8;
    let ratio = took.as_secs_f64() / ideal;
    println!("\n{took:?}, {ratio:.3} of ideal");
    assert!(ratio <= 1.02, "{ratio}");
}

async fn a_killed_process_frees_nothing_too_early(house: House) {
    let role = Role::Hoarder {
        place: house.place(),
        permits: 4,
        quota: 4,
    };
    let mut process = Process::start(&role);
    process.says("ready");
    let quota = house.open(4);
    // For longer than a period, its permits are under way.
    assert!(
        timeout(Duration::from_secs(4), quota.permit())
            .await
            .is_err()
    );
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let killed = Instant::now();
    let _permit = timeout(Duration::from_secs(10), quota.permit())
        .await
        .unwrap();
    let waited = killed.elapsed();
    // A period, less up to a beat since its last sign of life, and the beat that allows for it.
    assert!(waited >= short().period, "{waited:?}");
    assert!(waited < Duration::from_secs(5) + short().beat, "{waited:?}");
}

async fn a_killed_processs_lower_quota_does_not_count_for_ever(house: House) {
    let quota = house.open(5);
    let role = Role::Hoarder {
        place: house.place(),
        permits: 1,
        quota: 1,
    };
    let mut process = Process::start(&role);
    process.says("ready");
    assert!(
        timeout(Duration::from_millis(500), quota.permit())
            .await
            .is_err()
    );
    drop(process);
    timeout(Duration::from_secs(8), quota.permit())
        .await
        .unwrap()
        .unwrap();
}
