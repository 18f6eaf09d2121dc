//! A million events of 2 KB from a server on loopback into a file, as `events --output` does it, and into a dataset:
//! eight sessions at a time, written by a thread of their own. Each column of the table adds a step to the one
//! before: fetch, decode, columns and encode, write.
//!
//! ```text
//! cargo bench -p journey-events-dataset --bench tool [-- ROUNDS]
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its results"
)]

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use journey_events::{Client, Event};
use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
use journey_events_dataset::{
    Dataset, Ended, LedgerOptions, RunProgress, Settings, Sources, SyncOptions, sync,
};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

#[path = "../../benches/support/mod.rs"]
mod support;
use support::baselines::{self, Endpoint};
use support::page_server::{self, PageServer, Session};
use support::rounds::{format_duration, median, now, print_row};

/// Of each session; the page server repeats none of them within it.
const EVENTS: u64 = 20_000;
const SESSIONS: u64 = 50;
const CONCURRENCY: usize = 8;
/// Events passed to the writer at once, and how many such batches may wait: `MAX_BATCH` and `CAPACITY` of the tool.
const BATCH: usize = 16;
const QUEUE: usize = 13;
const ROUNDS: usize = 3;

fn main() {
    page_server::serve_if_requested();
    let rounds = std::env::args().find_map(|argument| argument.parse().ok());
    let server = PageServer::start(Session::with_events(EVENTS));
    let bench = Bench {
        runtime: Runtime::new().unwrap(),
        base_url: &server.base_url,
        client: support::client(&server.base_url),
    };
    let ndjson = Layout::new(Format::Ndjson);
    let layouts = [
        ("NDJSON", uncompressed(&ndjson)),
        ("NDJSON, zstd", ndjson),
        ("CSV", uncompressed(&Layout::new(Format::Csv))),
        ("Parquet, zstd", Layout::new(Format::Parquet)),
    ];
    let mut rows: Vec<StepTimes> = Vec::new();
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let (fetch, decode) = (bench.timed(Bench::fetch), bench.timed(Bench::decode));
        let mut times = Vec::new();
        for (_, layout) in &layouts {
            let encode = bench.timed(|bench| bench.write(io::sink(), layout));
            let write = bench.timed(|bench| {
                let file = bench.write(tempfile::tempfile().unwrap(), layout);
                File::sync_all(&file).unwrap();
            });
            times.push([fetch, decode, encode, write]);
        }
        times.push([fetch, decode, Duration::ZERO, bench.timed(Bench::sync)]);
        if round == 0 {
            rows = vec![Vec::new(); times.len()];
        }
        for (row, times) in rows.iter_mut().zip(times) {
            row.push(times);
        }
    }
    print(&rows, layouts.each_ref().map(|(name, _)| *name));
}

/// The times of a row's steps (fetch, decode, columns and encode, write), round by round. Where one can't be told from
/// the next, it is zero.
type StepTimes = Vec<[Duration; 4]>;

fn print(rows: &[StepTimes], names: [&str; 4]) {
    print_row(&[
        "events to",
        "fetch, + decode",
        "+ columns, encode",
        "+ write",
        "to NDJSON",
    ]);
    print_row(&["---"; 5]);
    for (row, name) in rows
        .iter()
        .zip(names.into_iter().chain(["`sync`, Parquet"]))
    {
        let step =
            |step: usize| format_duration(median(row.iter().map(|times| times[step]).collect()));
        let pairs = row.iter().zip(&rows[0]);
        let ratios = pairs.map(|(times, ndjson)| times[3].as_secs_f64() / ndjson[3].as_secs_f64());
        let encode = if row[0][2].is_zero() {
            "-".to_owned()
        } else {
            step(2)
        };
        print_row(&[
            name,
            &format!("{}, {}", step(0), step(1)),
            &encode,
            &step(3),
            &format!("{:.2}", median(ratios.collect())),
        ]);
    }
}

fn uncompressed(layout: &Layout) -> Layout {
    layout.clone().with_compression(Compression::None).unwrap()
}

struct Bench<'a> {
    runtime: Runtime,
    base_url: &'a str,
    client: Client,
}

impl Bench<'_> {
    fn timed<T>(&self, work: impl FnOnce(&Self) -> T) -> Duration {
        let start = now();
        work(self);
        start.elapsed()
    }

    /// The same requests and bytes, with the cursor found in the last bytes of each page.
    fn fetch(&self) {
        let endpoint = Endpoint::new(self.base_url);
        let walks = futures::stream::iter(0..SESSIONS).map(|_| baselines::floor(&endpoint));
        let pages = walks.buffer_unordered(CONCURRENCY).collect::<Vec<_>>();
        let pages: u64 = self.runtime.block_on(pages).into_iter().sum();
        assert_eq!(pages * 200, SESSIONS * EVENTS);
    }

    /// Batches of events, as the tool passes them to its writer.
    fn batches(&self) -> BoxStream<'_, Vec<Event>> {
        let walk = |id| {
            let events = self.client.session_events(id).stream();
            events.try_ready_chunks(BATCH).map(Result::unwrap).boxed()
        };
        let walks = futures::stream::iter(session_ids()).map(walk);
        walks.flatten_unordered(CONCURRENCY).boxed()
    }

    fn decode(&self) {
        let batches = self.batches().map(|batch| batch.len() as u64);
        let count = batches.fold(0, async |count, batch| count + batch);
        assert_eq!(self.runtime.block_on(count), SESSIONS * EVENTS);
    }

    fn write<W: Write + Send + 'static>(&self, sink: W, layout: &Layout) -> W {
        let layout = layout.clone();
        self.runtime.block_on(async {
            let (sender, mut queue) = mpsc::channel::<Vec<Event>>(QUEUE);
            let writer = tokio::task::spawn_blocking(move || {
                let mut writer = FileWriter::new(sink, &layout).unwrap();
                while let Some(batch) = queue.blocking_recv() {
                    for event in &batch {
                        writer
                            .write(&Row {
                                session: support::SESSION,
                                synced_at: None,
                                json: event.json(),
                            })
                            .unwrap();
                    }
                }
                writer.finish().unwrap()
            });
            let mut batches = self.batches();
            while let Some(batch) = batches.next().await {
                sender.send(batch).await.unwrap();
            }
            drop(sender);
            writer.await.unwrap()
        })
    }

    fn sync(&self) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(Format::Parquet, self.base_url);
        let dataset = Dataset::create(folder.path(), settings, &LedgerOptions::default()).unwrap();
        let sources = Sources {
            sessions: session_ids().collect(),
            ..Sources::default()
        };
        let (progress, _) = watch::channel(RunProgress::default());
        let (options, stop) = (SyncOptions::default(), std::future::pending());
        let run = sync(&dataset, &self.client, &sources, options, stop, &progress);
        let report = self.runtime.block_on(run).unwrap();
        assert_eq!(report.ended, Ended::Complete);
        assert_eq!(report.events, SESSIONS * EVENTS);
    }
}

fn session_ids() -> impl Iterator<Item = String> {
    (0..SESSIONS).map(|number| format!("5b1c1e8e-9d6a-4d0f-8a7b-{number:012}"))
}
