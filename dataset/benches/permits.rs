//! How long a permit of the shared quota takes, within the quota and its pace, while four processes
//! request 32 a second between them at random times: median and 99th percentile.
//!
//! `cargo bench -p journey-events-dataset --bench permits`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails by panicking and prints its results"
)]

use std::env;
use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use journey_events::Quota;
use journey_events_dataset::quota::SharedQuota;
use tokio::time::{Instant, sleep};

/// The variable that makes this program one of the four, and names the folder.
const FOLDER: &str = "JOURNEY_EVENTS_BENCH_FOLDER";
const PROCESSES: usize = 4;
const PERMITS: usize = 160;
/// Below 250 ms, and 125 ms on average.
const LONGEST_WAIT: u64 = 250;

fn main() {
    if let Some(folder) = env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        return runtime.unwrap().block_on(request(Path::new(&folder)));
    }
    let folder = tempfile::tempdir().unwrap();
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .env(FOLDER, folder.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut times: Vec<Duration> = Vec::new();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        times.extend(
            lines
                .lines()
                .map(|line| Duration::from_nanos(line.parse().unwrap())),
        );
    }
    assert_eq!(times.len(), PROCESSES * PERMITS);
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100];
    println!(
        "| permit, {PROCESSES} processes | median {:.2?} | 99th percentile {:.2?} |",
        at(50),
        at(99)
    );
}

async fn request(folder: &Path) {
    let per_minute = NonZeroU32::new(1_000_000).unwrap();
    let quota = SharedQuota::open_in(folder, "bench", per_minute).unwrap();
    // Differs between the processes; xorshift.
    let mut random = u64::from(std::process::id()) | 1;
    for _ in 0..PERMITS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        sleep(Duration::from_millis(random % LONGEST_WAIT)).await;
        let start = Instant::now();
        let permit = quota.permit().await.unwrap();
        println!("{}", start.elapsed().as_nanos());
        drop(permit);
    }
}
