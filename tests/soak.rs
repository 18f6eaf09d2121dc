//! Many streams on three runtimes against the emulator with faults, for minutes: every event once, never
//! over the quota, and nothing left behind.
//!
//! Takes about four minutes, so `.ci/run` alone runs it:
//! `cargo test --release --test soak -- --ignored --nocapture`. A failure prints the seed; `SOAK_SEED` replays it
//! as far as the network allows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what happened"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "it runs in real time, on threads of its own"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::{FutureExt, StreamExt, TryStreamExt};
use journey_events::{Checkpoint, Client, RateLimit};
use journey_events_emulator::{Emulator, Fault};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const STREAMS: usize = 500;
const EVENTS: u64 = 400;
/// Events per request: 40 pages a session, 20,000 in all.
const LIMIT: u32 = 10;
const QUOTA: u32 = 6_000;
const DEFAULT_SEED: u64 = 20_261_125;

/// One session, and how far it was consumed. Survives the runtime that consumes it.
struct Job {
    session: String,
    expected: Vec<String>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    consumed: usize,
    checkpoint: Option<Checkpoint>,
    is_complete: bool,
}

/// What the consumers did.
#[derive(Default)]
struct Counts {
    drops: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

fn multi_thread() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap()
}

/// The emulator, with the faults of the soak or without any.
async fn emulator(seed: u64, is_faulty: bool) -> Emulator {
    let builder = Emulator::builder()
        .sessions(STREAMS as u64)
        .events(EVENTS)
        .seed(seed);
    if !is_faulty {
        return builder.start().await.unwrap();
    }
    builder
        .latency(Duration::from_millis(5))
        .fault(Fault::status(503).rate(0.015))
        .fault(Fault::status(500).rate(0.01))
        .fault(Fault::cut().rate(0.01))
        .fault(Fault::stall(Duration::from_millis(200)).rate(0.01))
        .fault(Fault::status(429).retry_after(1).rate(0.005))
        .start()
        .await
        .unwrap()
}

fn client(emulator: &Emulator, limit: RateLimit) -> Client {
    Client::builder()
        .base_url(emulator.base_url())
        .access_token("token")
        .rate_limit(limit)
        .build()
        .unwrap()
}

/// The ids of every session, from an emulator of the same seed without faults.
async fn expected(seed: u64) -> Vec<Arc<Job>> {
    let emulator = emulator(seed, false).await;
    let client = client(&emulator, RateLimit::unlimited());
    let mut jobs = Vec::new();
    for session in emulator.sessions() {
        let events = client.session_events(session.id()).stream();
        let ids = events.map_ok(|event| event.id().unwrap().to_owned());
        jobs.push(Arc::new(Job {
            session: session.id().to_owned(),
            expected: ids.try_collect().await.unwrap(),
            progress: Mutex::default(),
        }));
    }
    emulator.shutdown().await;
    jobs
}

/// Consumes a session to its end: drops its stream at random, pauses, and resumes.
async fn consume(job: Arc<Job>, client: Client, counts: Arc<Counts>, mut rng: Rng) {
    while !job.progress.lock().unwrap().is_complete {
        let request = client.session_events(&job.session).limit(LIMIT);
        let request = request.read_ahead(rng.usize(..3));
        let checkpoint = job.progress.lock().unwrap().checkpoint.clone();
        let mut stream = match checkpoint {
            Some(checkpoint) => request.resume(checkpoint).stream(),
            None => request.stream(),
        };
        loop {
            match rng.u16(..2_000) {
                0..4 => {
                    // In mid-request, if there is one.
                    let _ = stream.next().now_or_never().map(|event| {
                        record(&job, event.as_ref(), stream.checkpoint());
                    });
                    counts.drops.fetch_add(1, Relaxed);
                    break;
                }
                4..24 => tokio::time::sleep(Duration::from_millis(rng.u64(..2_000))).await,
                _ => {}
            }
            let event = stream.next().await;
            record(&job, event.as_ref(), stream.checkpoint());
            match event {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    assert!(error.is_transient(), "{error}");
                    let kind = format!("{:?}", error.kind());
                    *counts.errors.lock().unwrap().entry(kind).or_default() += 1;
                    break;
                }
                None => break,
            }
        }
    }
}

/// Checks an item against what is expected next, and records it.
fn record(
    job: &Job,
    event: Option<&journey_events::Result<journey_events::Event>>,
    checkpoint: Checkpoint,
) {
    let mut progress = job.progress.lock().unwrap();
    match event {
        Some(Ok(event)) => {
            let expected = &job.expected[progress.consumed];
            assert_eq!(event.id(), Some(expected.as_str()), "{}", job.session);
            progress.consumed += 1;
        }
        Some(Err(_)) => {}
        None => {
            assert_eq!(progress.consumed, job.expected.len(), "{}", job.session);
            progress.is_complete = true;
        }
    }
    progress.checkpoint = Some(checkpoint);
}

/// Runs jobs on a runtime, and panics with theirs.
fn spawn(
    runtime: &Runtime,
    jobs: &[Arc<Job>],
    client: &Client,
    counts: &Arc<Counts>,
    rng: &mut Rng,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for job in jobs {
        let consume = consume(
            Arc::clone(job),
            client.clone(),
            Arc::clone(counts),
            rng.fork(),
        );
        tasks.spawn_on(consume, runtime.handle());
    }
    tasks
}

async fn finish(mut tasks: JoinSet<()>) {
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
}

/// Connections of this process to a port, by the kernel's table.
fn connections_to(port: u16) -> usize {
    const ESTABLISHED: &str = "01";
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let remote = format!(":{port:04X}");
    let is_open = |line: &&str| {
        let cells: Vec<_> = line.split_whitespace().collect();
        cells.len() > 3 && cells[2].ends_with(&remote) && cells[3] == ESTABLISHED
    };
    table.lines().filter(is_open).count()
}

/// Waits up to 30 s for something to become zero.
fn assert_becomes_zero(what: &str, count: impl Fn() -> usize) {
    let start = Instant::now();
    while count() > 0 {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{} {what} left",
            count()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits for the tasks of both runtimes, and then for the connections, to be gone.
fn assert_nothing_is_left(steady: Runtime, in_bursts: Runtime, port: u16) {
    assert_becomes_zero("tasks on the steady runtime", || {
        steady.metrics().num_alive_tasks()
    });
    in_bursts.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
    assert_becomes_zero("tasks on the runtime driven in bursts", || {
        in_bursts.block_on(async { tokio::task::yield_now().await });
        in_bursts.metrics().num_alive_tasks()
    });
    drop((steady, in_bursts));
    assert_becomes_zero("connections", || connections_to(port));
}

#[test]
#[ignore = "takes four minutes; .ci/run runs it"]
fn every_event_once_within_the_quota_and_nothing_left_behind() {
    let seed = std::env::var("SOAK_SEED").map_or(DEFAULT_SEED, |seed| seed.parse().unwrap());
    println!("SOAK_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let server = multi_thread();
    let jobs = server.block_on(expected(seed));
    let emulator = server.block_on(emulator(seed, true));
    let port = emulator
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let limit = RateLimit::per_minute(QUOTA).per_second(400).burst(50);
    let client = client(&emulator, limit);
    let counts = Arc::new(Counts::default());

    let (steady, doomed) = (multi_thread(), multi_thread());
    let in_bursts = Builder::new_current_thread().enable_all().build().unwrap();
    let (first, rest) = jobs.split_at(STREAMS / 3);
    let (second, third) = rest.split_at(STREAMS / 3);
    let steady_tasks = spawn(&steady, first, &client, &counts, &mut rng);
    let burst_tasks = spawn(&in_bursts, second, &client, &counts, &mut rng);
    let doomed_tasks = spawn(&doomed, third, &client, &counts, &mut rng);

    // Driven for a while, then left alone for a while.
    let bursts_end = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&bursts_end);
    let bursts = std::thread::spawn(move || {
        let tasks = finish(burst_tasks);
        in_bursts.block_on(async {
            let mut tasks = std::pin::pin!(tasks);
            while tokio::time::timeout(Duration::from_millis(700), &mut tasks)
                .await
                .is_err()
            {
                // Blocks the runtime, as a program does that works between two `block_on`s.
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        is_over.store(true, Relaxed);
        in_bursts
    });

    std::thread::sleep(Duration::from_secs(20));
    drop(doomed);
    drop(doomed_tasks);
    let moved_tasks = spawn(&steady, third, &client, &counts, &mut rng);
    let all = std::thread::spawn(move || {
        steady.block_on(async {
            finish(steady_tasks).await;
            finish(moved_tasks).await;
        });
        steady
    });
    while !(all.is_finished() && bursts_end.load(Relaxed)) {
        let has_failed = bursts.is_finished() && !bursts_end.load(Relaxed);
        assert!(!has_failed, "the bursts failed");
        std::thread::sleep(Duration::from_secs(1));
    }
    let (steady, in_bursts) = (all.join().unwrap(), bursts.join().unwrap());

    let stats = client.stats();
    let (requests, drops) = (emulator.requests(), counts.drops.load(Relaxed));
    let [report] = emulator.quota_report().clients.try_into().unwrap();
    let most = report.most;
    let aborted = stats.attempts - requests;
    println!(
        "requests {requests}, attempts {}, aborted unsent {aborted}",
        stats.attempts
    );
    println!("most requests in a minute {most}, streams dropped {drops}");
    let faults = emulator.faults();
    for count in &faults {
        println!("fault {} {} times", count.fault, count.applied);
    }
    println!("errors resumed after {:?}", counts.errors.lock().unwrap());

    for job in &jobs {
        let progress = job.progress.lock().unwrap();
        assert!(progress.is_complete, "{}", job.session);
    }
    assert!(requests >= 20_000, "{requests}");
    let windows = report.windows.iter();
    let reported = windows.map(|window| window.admitted + window.refused + window.replaced);
    assert_eq!(
        reported.sum::<u64>(),
        requests,
        "every request is in the report"
    );
    assert!(most <= u64::from(QUOTA), "{most} requests in a minute");
    let have_fired = faults.iter().all(|count| count.applied > 0);
    assert!(faults.len() == 5 && have_fired, "each kind of fault fired");
    assert!(drops > 100, "{drops}");
    // The streams of the runtime that ended were dropped, too, each with its read-ahead.
    let cancelled = drops + third.len() as u64;
    assert!(
        aborted <= cancelled,
        "{aborted} attempts were never received"
    );

    drop(client);
    assert_nothing_is_left(steady, in_bursts, port);
    server.block_on(emulator.shutdown());
}
