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
async fn a_status_strikes_as_often_as_it_is_told_to_with_the_services_error_body() {
    let emulator = with(Fault::status(429).every(3).retry_after(7)).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let answer = events(&emulator, "").await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "7");
            assert_eq!(answer.body["status"], 429);
            assert_eq!(
                answer.body["contextId"],
                answer.header("ININ-Correlation-Id")
            );
        }
        seen.push(answer.status.as_u16());
    }
    assert_eq!(seen, [200, 200, 429, 200, 200, 429]);
    assert_eq!((emulator.requests(), emulator.throttled()), (6, 2));
}

/// Asks for 50 events as they come over the wire.
async fn asked(emulator: &Emulator) -> Response {
    let uri = events_uri(emulator, 0, "?limit=50");
    let client = Client::builder().no_gzip().build().unwrap();
    let request = client.get(format!("{}{uri}", emulator.base_url()));
    let request = request.header("accept-encoding", "gzip");
    request.bearer_auth("any").send().await.unwrap()
}

/// The bytes that come, and whether they are all.
async fn read(mut answer: Response) -> (u64, bool) {
    let mut bytes = 0;
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes += chunk.len() as u64,
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

#[tokio::test]
async fn a_cut_body_ends_half_way() {
    for latency in [Duration::ZERO, Duration::from_hours(1)] {
        let builder = Emulator::builder().events(50).fault(Fault::cut());
        let emulator = builder.latency(latency).start().await.unwrap();
        if !latency.is_zero() {
            tokio::time::pause();
        }
        let answer = asked(&emulator).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        let whole = answer.content_length().unwrap();
        assert!(whole > 1_000);
        assert_eq!(read(answer).await, (whole / 2, false), "{latency:?}");
    }
}

#[tokio::test]
async fn a_stall_begins_when_the_latency_has_passed() {
    let hour = Duration::from_hours(1);
    let builder = Emulator::builder().events(50).fault(Fault::stall(hour));
    let emulator = builder.latency(hour).start().await.unwrap();
    tokio::time::pause();
    let start = Instant::now();
    let answer = asked(&emulator).await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let whole = answer.content_length().unwrap();
    assert_eq!(read(answer).await, (whole, true));
    assert!(start.elapsed() >= 2 * hour, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_stalled_body_goes_on_when_its_time_has_passed() {
    let emulator = with(Fault::stall(Duration::from_hours(1)).every(2)).await;
    let whole = events(&emulator, "?limit=50").await.ids();
    let url = format!(
        "{}{}",
        emulator.base_url(),
        events_uri(&emulator, 0, "?limit=50")
    );
    let client = reqwest::Client::new();
    let mut answer = client.get(url).bearer_auth("any").send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    tokio::time::pause();
    let start = Instant::now();
    let rest = timeout(Duration::from_hours(2), answer.bytes())
        .await
        .unwrap();
    assert!(!rest.unwrap().is_empty());
    // The clock was stopped a little after the stall began.
    assert!(start.elapsed() > Duration::from_mins(59));
    assert_eq!(whole.len(), 50);
}

#[tokio::test]
async fn a_bad_gateway_is_a_proxys_page_and_other_statuses_have_the_services_words() {
    let emulator = with(Fault::status(502)).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["content-type"], "text/html");
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    for (status, code) in [
        (403, "missing.any.permissions"),
        (408, "request.timeout"),
        (413, "request.entity.too.large"),
        (415, "unsupported.media.type"),
        (503, "service.unavailable"),
        (599, "fault.requested"),
    ] {
        let emulator = with(Fault::status(status)).await;
        let answer = events(&emulator, "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.body["code"].as_str()),
            (status, Some(code))
        );
    }
}

#[tokio::test]
async fn sessions_and_contacts_are_struck_as_events_are() {
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
async fn only_get_requests_for_what_there_is_under_api_are_struck_or_counted() {
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
async fn forgetting_what_was_recorded_begins_the_count_for_faults_anew() {
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
