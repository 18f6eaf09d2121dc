//! What all responses have in common.

use std::collections::HashSet;
use std::time::Duration;

use journey_events_emulator::Emulator;
use reqwest::Client;
use tokio::time::Instant;

use crate::client::{events, events_uri, get, started};

#[tokio::test]
async fn every_response_has_a_unique_correlation_id() {
    let emulator = started(10).await;
    let mut ids = HashSet::new();
    for query in ["", "?limit=1", "?limit=0", "?after=x"] {
        ids.insert(
            events(&emulator, query)
                .await
                .header("ININ-Correlation-Id")
                .to_owned(),
        );
    }
    ids.insert(
        get(&emulator, "/nowhere")
            .await
            .header("ININ-Correlation-Id")
            .to_owned(),
    );
    assert_eq!(ids.len(), 5);
    assert!(
        ids.iter()
            .all(|id| id.len() == 36 && id.split('-').count() == 5),
        "{ids:?}"
    );
}

#[tokio::test]
async fn a_page_is_compressed_only_for_a_client_that_accepts_it() {
    let emulator = started(200).await;
    let url = format!(
        "{}{}",
        emulator.base_url(),
        events_uri(&emulator, 0, "?limit=200")
    );
    let client = Client::builder().no_gzip().build().unwrap();
    let plain = client.get(&url).bearer_auth("any").send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap();
    let request = client
        .get(&url)
        .bearer_auth("any")
        .header("accept-encoding", "gzip");
    let gzip = request.send().await.unwrap();
    assert_eq!(gzip.headers()["content-encoding"], "gzip");
    assert!(gzip.bytes().await.unwrap().len() < plain.len() / 3);
    let unpacked = Client::new()
        .get(&url)
        .bearer_auth("any")
        .send()
        .await
        .unwrap();
    assert_eq!(unpacked.bytes().await.unwrap(), plain);
}

#[tokio::test]
async fn only_requests_for_events_are_counted() {
    let emulator = started(10).await;
    events(&emulator, "").await;
    events(&emulator, "?limit=0").await;
    get(&emulator, "/nowhere").await;
    get(&emulator, "/api/v2/journey/sessions/none/events").await;
    assert_eq!((emulator.requests(), emulator.throttled()), (3, 0));
}

#[tokio::test]
async fn every_response_is_delayed_by_the_latency() {
    let latency = Duration::from_millis(30);
    let emulator = Emulator::builder().latency(latency).start().await.unwrap();
    for uri in [events_uri(&emulator, 0, ""), "/nowhere".to_owned()] {
        let start = Instant::now();
        get(&emulator, &uri).await;
        assert!(start.elapsed() >= latency);
    }
}
