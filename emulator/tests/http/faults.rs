//! Faults on request.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault};
use reqwest::{Client, Response};
use tokio::time::{Instant, timeout};

use crate::client::{events, events_uri, get, send, token};

async fn with(fault: Fault) -> Emulator {
    Emulator::builder()
        .events(50)
        .fault(fault)
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_status_fault_has_the_services_error_body_as_often_as_configured() {
    let emulator = with(Fault::status(429).every(3).retry_after(7)).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let response = events(&emulator, "").await;
        if response.status == 429 {
            assert_eq!(response.header("retry-after"), "7");
            assert_eq!(response.body["status"], 429);
            assert_eq!(
                response.body["contextId"],
                response.header("ININ-Correlation-Id")
            );
        }
        seen.push(response.status.as_u16());
    }
    assert_eq!(seen, [200, 200, 429, 200, 200, 429]);
    assert_eq!((emulator.requests(), emulator.throttled()), (6, 2));
}

/// Requests 50 events, without decompressing the response.
async fn raw(emulator: &Emulator) -> Response {
    let uri = events_uri(emulator, 0, "?limit=50");
    let client = Client::builder().no_gzip().build().unwrap();
    let request = client.get(format!("{}{uri}", emulator.base_url()));
    let request = request.header("accept-encoding", "gzip");
    request.bearer_auth("any").send().await.unwrap()
}

/// Returns the number of bytes received, and whether the body was complete.
async fn read(mut response: Response) -> (u64, bool) {
    let mut bytes = 0;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes += chunk.len() as u64,
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

#[tokio::test]
async fn a_cut_body_ends_halfway() {
    for latency in [Duration::ZERO, Duration::from_secs(3600)] {
        let builder = Emulator::builder().events(50).fault(Fault::cut());
        let emulator = builder.latency(latency).start().await.unwrap();
        if !latency.is_zero() {
            tokio::time::pause();
        }
        let response = raw(&emulator).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        let whole = response.content_length().unwrap();
        assert!(whole > 1_000);
        assert_eq!(read(response).await, (whole / 2, false), "{latency:?}");
    }
}

#[tokio::test]
async fn a_stall_starts_after_the_latency() {
    let hour = Duration::from_secs(3600);
    let builder = Emulator::builder().events(50).fault(Fault::stall(hour));
    let emulator = builder.latency(hour).start().await.unwrap();
    tokio::time::pause();
    let start = Instant::now();
    let response = raw(&emulator).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let whole = response.content_length().unwrap();
    assert_eq!(read(response).await, (whole, true));
    assert!(start.elapsed() >= 2 * hour, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_stalled_body_continues_after_its_time() {
    let emulator = with(Fault::stall(Duration::from_secs(3600)).every(2)).await;
    let whole = events(&emulator, "?limit=50").await.ids();
    let url = format!(
        "{}{}",
        emulator.base_url(),
        events_uri(&emulator, 0, "?limit=50")
    );
    let client = reqwest::Client::new();
    let mut response = client.get(url).bearer_auth("any").send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    tokio::time::pause();
    let start = Instant::now();
    let rest = timeout(Duration::from_secs(2 * 3600), response.bytes())
        .await
        .unwrap();
    assert!(!rest.unwrap().is_empty());
    // The clock was paused shortly after the stall started.
    assert!(start.elapsed() > Duration::from_secs(59 * 60));
    assert_eq!(whole.len(), 50);
}

#[tokio::test]
async fn a_bad_gateway_is_a_proxys_page_and_other_statuses_have_the_services_codes() {
    let emulator = with(Fault::status(502)).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert!(response.text().await.unwrap().starts_with("<html>"));
    for (status, code) in [
        (403, "missing.any.permissions"),
        (408, "request.timeout"),
        (413, "request.entity.too.large"),
        (415, "unsupported.media.type"),
        (503, "service.unavailable"),
        (599, "fault.requested"),
    ] {
        let emulator = with(Fault::status(status)).await;
        let response = events(&emulator, "").await;
        assert_eq!(
            (response.status.as_u16(), response.body["code"].as_str()),
            (status, Some(code))
        );
    }
}

#[tokio::test]
async fn faults_apply_to_sessions_and_contacts_too() {
    let emulator = with(Fault::status(503).every(2)).await;
    let session = format!("/api/v2/journey/sessions/{}", emulator.sessions()[0].id());
    let contact = &emulator.contacts()[0];
    let contact = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
    let mut statuses = Vec::new();
    for uri in [&session, &contact, &contact, &session] {
        statuses.push(get(&emulator, uri).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 503, 200, 503]);
    assert_eq!(emulator.requests(), 4);
}

#[tokio::test]
async fn faults_apply_only_to_get_requests_for_known_api_paths() {
    let emulator = with(Fault::status(503)).await;
    let base = emulator.base_url();
    assert_eq!(token(&emulator).await.status, 200);
    let posted = Client::new().post(format!("{base}{}", events_uri(&emulator, 0, "")));
    assert_eq!(send(posted).await.status, 405);
    for uri in ["/elsewhere", "/api/v2/elsewhere"] {
        assert_eq!(get(&emulator, uri).await.status, 404);
    }
    assert_eq!(emulator.requests(), 0);
    assert_eq!(events(&emulator, "").await.status, 503);
    assert_eq!(emulator.requests(), 1);
}

#[tokio::test]
async fn forgetting_recorded_requests_restarts_the_count_for_faults() {
    let emulator = with(Fault::status(503).every(2)).await;
    assert_eq!(events(&emulator, "").await.status, 200);
    emulator.forget_recorded();
    assert!(emulator.recorded().is_empty());
    assert_eq!(events(&emulator, "").await.status, 200);
    let url = format!("{}/emulator/requests", emulator.base_url());
    Client::new().delete(url).send().await.unwrap();
    assert_eq!(events(&emulator, "").await.status, 200);
    assert_eq!(events(&emulator, "").await.status, 503);
}
