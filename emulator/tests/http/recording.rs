//! The recorded requests.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault};
use reqwest::Client;
use serde_json::Value;

use crate::client::{events, events_uri, get, send, started};

#[tokio::test]
async fn requests_are_recorded_with_their_status_and_without_their_token() {
    let emulator = Emulator::builder()
        .events(3)
        .fault("503:every=2".parse::<Fault>().unwrap())
        .start()
        .await
        .unwrap();
    events(&emulator, "?limit=2&after=").await;
    events(&emulator, "?pageSize=2").await;
    get(&emulator, "/elsewhere").await;
    let recorded = emulator.recorded();
    let fault: Fault = "503:every=2".parse().unwrap();
    let responses: Vec<_> = recorded
        .iter()
        .map(|one| (one.status, one.fault.clone()))
        .collect();
    assert_eq!(
        responses,
        [
            (Some(400), None),
            (Some(503), Some(fault)),
            (Some(404), None)
        ]
    );
    assert_eq!(recorded[0].method, "GET");
    assert_eq!(recorded[0].path, events_uri(&emulator, 0, ""));
    assert_eq!(
        recorded[0].query,
        [
            ("limit".into(), "2".into()),
            ("after".into(), String::new())
        ]
    );
    assert_eq!(recorded[1].parameter("pageSize"), Some("2"));
    assert_eq!(recorded[1].parameter("limit"), None);
    assert_eq!(recorded[0].header("authorization"), Some("Bearer"));
    assert!(recorded.is_sorted_by_key(|request| request.at));
}

#[tokio::test]
async fn the_raw_query_is_recorded_too() {
    let emulator = started(3).await;
    let query = "limit=2&after=a%2Bb+c/d%3D=&&x";
    events(&emulator, &format!("?{query}")).await;
    events(&emulator, "").await;
    let recorded = emulator.recorded();
    assert_eq!(recorded[0].raw_query, query);
    assert_eq!(recorded[0].parameter("after"), Some("a+b c/d=="));
    assert_eq!(recorded[1].raw_query, "");
    let url = format!("{}/emulator/requests", emulator.base_url());
    assert_eq!(
        send(Client::new().get(url)).await.body[0]["rawQuery"],
        query
    );
}

#[tokio::test]
async fn secrets_in_headers_are_not_recorded() {
    let emulator = started(3).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let request = Client::new()
        .get(&url)
        .header("authorization", "Bearer secret")
        .header("proxy-authorization", "Basic secret")
        .header("cookie", "session=secret")
        .header("x-other", "kept");
    send(request).await;
    send(Client::new().get(&url).header("authorization", "secret")).await;
    let recorded = emulator.recorded();
    let kept = |name| recorded[0].header(name);
    assert_eq!(kept("authorization"), Some("Bearer"));
    assert_eq!(kept("proxy-authorization"), Some("Basic"));
    assert_eq!((kept("cookie"), kept("x-other")), (Some(""), Some("kept")));
    assert_eq!(recorded[1].header("authorization"), Some(""));
    assert!(!format!("{recorded:?}").contains("secret"));
}

#[tokio::test]
async fn a_request_whose_client_disconnected_is_recorded_without_a_status() {
    let emulator = Emulator::builder()
        .events(3)
        .latency(Duration::from_secs(3600));
    let emulator = emulator.start().await.unwrap();
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let request = tokio::spawn(Client::new().get(url).bearer_auth("any").send());
    while emulator.recorded().is_empty() {
        tokio::task::yield_now().await;
    }
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(emulator.recorded()[0].status, None);
    let url = format!("{}/emulator/requests", emulator.base_url());
    let recorded = send(Client::new().get(&url)).await.body;
    assert_eq!(recorded[0]["status"], Value::Null);
}

#[tokio::test]
async fn recorded_requests_can_be_fetched_and_deleted_over_http() {
    let emulator = started(3).await;
    events(&emulator, "?limit=2").await;
    let url = format!("{}/emulator/requests", emulator.base_url());
    let recorded = send(Client::new().get(&url)).await.body;
    assert_eq!(recorded.as_array().map(Vec::len), Some(1));
    assert_eq!(recorded[0]["query"], serde_json::json!([["limit", "2"]]));
    assert_eq!(recorded[0]["status"], 200);
    assert_eq!(recorded[0]["fault"], Value::Null);
    assert!(recorded[0]["atMs"].is_u64() && !recorded.to_string().contains("any\""));
    let forgotten = Client::new().delete(&url).send().await.unwrap();
    assert_eq!(forgotten.status(), 204);
    assert_eq!(
        send(Client::new().get(&url)).await.body,
        Value::Array(Vec::new())
    );
    assert_eq!((emulator.recorded().len(), emulator.requests()), (0, 1));
}
