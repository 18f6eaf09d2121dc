//! Whole walks over loopback: this crate with all its layers, beside a plain loop of requests that
//! reads the bodies and finds the cursor but decodes nothing, which no client can be faster than.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that can't run fails by panicking"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::TryStreamExt;
use journey_events::{Client, RateLimit, reqwest};
use journey_events_emulator::Emulator;
use tokio::runtime::Runtime;

const EVENTS: u64 = 20_000;

async fn stream(base_url: &str, session: &str, read_ahead: usize) {
    let client = Client::builder()
        .base_url(base_url)
        .access_token("any")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap();
    let events = client
        .session_events(session)
        .read_ahead(read_ahead)
        .stream();
    let count = events
        .try_fold(0, |count, _| async move { Ok(count + 1) })
        .await;
    assert_eq!(count.unwrap(), EVENTS);
}

async fn floor(base_url: &str, session: &str) {
    let client = reqwest::Client::builder().gzip(true).build().unwrap();
    let path = format!("/api/v2/journey/sessions/{session}/events?pageSize=200");
    let (mut next, mut pages) = (Some(path), 0);
    while let Some(uri) = next {
        let request = client.get(format!("{base_url}{uri}")).bearer_auth("any");
        let body = request.send().await.unwrap().bytes().await.unwrap();
        // The links are at the end of the body.
        let tail = String::from_utf8_lossy(&body[body.len().saturating_sub(600)..]);
        next = tail
            .split_once(r#""nextUri":""#)
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(uri, _)| uri.to_owned());
        pages += 1;
    }
    assert_eq!(pages, EVENTS / 200);
}

fn walk(c: &mut Criterion) {
    let (server, client) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let emulator = server
        .block_on(Emulator::builder().events(EVENTS).start())
        .unwrap();
    let (base_url, session) = (emulator.base_url(), emulator.sessions()[0].id());

    let mut group = c.benchmark_group("walk 20,000 events over loopback");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(EVENTS));
    group.bench_function("floor: requests only", |b| {
        b.iter(|| client.block_on(floor(base_url, session)));
    });
    for read_ahead in [0, 1] {
        group.bench_function(BenchmarkId::new("stream, read-ahead", read_ahead), |b| {
            b.iter(|| client.block_on(stream(base_url, session, read_ahead)));
        });
    }
    group.finish();
}

criterion_group!(benches, walk);
criterion_main!(benches);
