//! Faults on request.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault};
use tokio::time::{Instant, timeout};

use crate::client::{events, events_uri};

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

#[tokio::test]
async fn a_cut_body_ends_half_way() {
    let emulator = with(Fault::cut()).await;
    let url = format!(
        "{}{}",
        emulator.base_url(),
        events_uri(&emulator, 0, "?limit=50")
    );
    let answer = reqwest::Client::new()
        .get(url)
        .bearer_auth("any")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
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
