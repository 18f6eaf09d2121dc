//! An event costs at most two allocations, counted over whole walks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/mod.rs"]
mod support;

use std::sync::mpsc;
use std::thread;

use allocation_counter::measure;
use futures::TryStreamExt;
use journey_events::{Event, SessionEvents};
use serde_json::value::RawValue;
use support::raw::{RawServer, Reply, Step, ok};
use support::walks::builder;
use tokio::runtime;
use tokio::sync::oneshot;

/// Events of every type, some of them without an id.
fn events() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Page {
        entities: Vec<Box<RawValue>>,
    }
    let published = [
        include_str!("fixtures/page-every-type.json"),
        include_str!("fixtures/page-first-published-form.json"),
    ];
    let pages = published.map(|page| serde_json::from_str::<Page>(page).unwrap());
    let events = pages.into_iter().flat_map(|page| page.entities);
    events.map(|event| event.get().to_owned()).collect()
}

/// Serves a page of this many events from another thread, whose allocations aren't counted, until the
/// sender is dropped.
fn serve(count: usize) -> (String, oneshot::Sender<()>) {
    let events: Vec<_> = events().into_iter().cycle().take(count).collect();
    let page = format!(r#"{{"entities":[{}]}}"#, events.join(","));
    let (send_url, url) = mpsc::channel();
    let (until, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        runtime().block_on(async {
            let answer = Reply::Healthy(vec![Step::Send(ok(&page))]);
            let server = RawServer::start(move |_| answer.clone()).await;
            send_url.send(server.base_url.clone()).unwrap();
            ended.await.unwrap_err();
        });
    });
    (url.recv().unwrap(), until)
}

fn runtime() -> runtime::Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

async fn walk(request: SessionEvents) -> usize {
    let count = request.stream().try_fold(0, async |count, event: Event| {
        drop(event);
        Ok(count + 1)
    });
    count.await.unwrap()
}

/// Allocations of a walk over one page of this many events.
fn allocations(count: usize) -> u64 {
    let (url, _until) = serve(count);
    let client = builder(url).build().unwrap();
    let runtime = runtime();
    let counted = measure(|| {
        let walked = runtime.block_on(walk(client.session_events("s")));
        assert_eq!(walked, count);
    });
    counted.count_total
}

#[test]
fn an_event_of_a_walk_costs_at_most_two_allocations() {
    let (few, many) = (allocations(20), allocations(200));
    // The difference leaves out what both walks cost. Measured: 1.5 for each event, with reads from the socket. With fewer
    // than one, the events weren't counted.
    let of_180 = many - few;
    assert!((180..=360).contains(&of_180), "{of_180}: {few} and {many}");
}

#[test]
fn an_event_read_from_a_line_costs_at_most_two_allocations() {
    for json in events() {
        let counted = measure(|| drop(Event::from_json(&json).unwrap()));
        assert!(
            (1..=2).contains(&counted.count_total),
            "{counted:?}: {json}"
        );
    }
}
