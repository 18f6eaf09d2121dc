//! What decoding costs: a page's envelopes, envelopes and typed bodies, and the same page as
//! `serde_json::Value`, which is what a hand-written loop would do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that can't run fails by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use journey_events::{Event, reqwest};
use journey_events_emulator::Emulator;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A listing as a hand-written loop would decode it first.
#[derive(Deserialize)]
struct Listing<T> {
    entities: Vec<T>,
}

/// A page of 200 events, as the emulator sends it.
fn page() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let emulator = Emulator::builder().events(200).start().await.unwrap();
        let (base_url, session) = (emulator.base_url(), emulator.sessions()[0].id());
        let url = format!("{base_url}/api/v2/journey/sessions/{session}/events?pageSize=200");
        let request = reqwest::Client::new().get(url).bearer_auth("any");
        request.send().await.unwrap().text().await.unwrap()
    })
}

/// Decodes the page, which must have all its events.
fn events<'a, T: Deserialize<'a>>(page: &'a str) -> Vec<T> {
    let Listing { entities } = serde_json::from_str::<Listing<T>>(black_box(page)).unwrap();
    assert_eq!(entities.len(), 200);
    entities
}

fn decode(c: &mut Criterion) {
    let page = page();
    let mut group = c.benchmark_group("decode a page of 200 events");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("raw text", |b| b.iter(|| events::<&RawValue>(&page)));
    group.bench_function("envelopes", |b| b.iter(|| events::<Event>(&page)));
    group.bench_function("envelopes and bodies", |b| {
        b.iter(|| {
            let bodies = events::<Event>(&page)
                .into_iter()
                .map(|event| event.body().unwrap());
            bodies.collect::<Vec<_>>()
        });
    });
    group.bench_function("serde_json::Value", |b| b.iter(|| events::<Value>(&page)));
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
