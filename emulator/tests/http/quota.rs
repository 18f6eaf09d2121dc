//! The quota over HTTP; its unit tests cover the windows, on a paused clock.

use std::collections::HashSet;
use std::time::Duration;

use journey_events_emulator::{ClientCredentials, Emulator};
use reqwest::Client;
use serde_json::json;

use crate::client::{Response, events, events_uri, get, issued, issued_to, send};

async fn with_token(emulator: &Emulator, token: &str) -> Response {
    let url = format!(
        "{}{}",
        emulator.base_url(),
        events_uri(emulator, 0, "?limit=1")
    );
    send(Client::new().get(url).bearer_auth(token)).await
}

#[tokio::test]
async fn a_request_over_the_quota_gets_a_429_with_the_time_to_wait() {
    let emulator = Emulator::builder().quota(2).start().await.unwrap();
    assert_eq!(events(&emulator, "").await.status, 200);
    assert_eq!(events(&emulator, "").await.status, 200);
    let refused = events(&emulator, "").await;
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let expected = json!({
        "message": format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"),
        "code": "too.many.requests.retry.after",
        "status": 429,
        "contextId": refused.header("ININ-Correlation-Id"),
        "details": [],
        "errors": [],
        "limit": {
            "key": "client.credentials.token.rate.per.minute",
            "namespace": "platform.api",
            "value": 2,
        },
    });
    assert_eq!(refused.body, expected);
    assert_eq!((emulator.requests(), emulator.throttled()), (3, 1));
}

#[tokio::test]
async fn issued_tokens_share_the_quota_of_their_client() {
    let emulator = Emulator::builder().quota(2).start().await.unwrap();
    let [one, two] = [issued(&emulator).await, issued(&emulator).await];
    assert_ne!(one, two);
    assert_eq!(with_token(&emulator, &one).await.status, 200);
    assert_eq!(with_token(&emulator, &two).await.status, 200);
    assert_eq!(with_token(&emulator, &one).await.status, 429);
    assert_eq!(with_token(&emulator, &two).await.status, 429);
    assert_eq!(with_token(&emulator, "another").await.status, 200);
}

#[tokio::test]
async fn each_client_has_its_own_quota_and_is_in_the_report() {
    let builder = Emulator::builder().clients(3).quota(2).check_tokens();
    let emulator = builder.start().await.unwrap();
    let alone = Emulator::builder().start().await.unwrap();
    assert_eq!(alone.clients()[0], emulator.clients()[0]);
    let ids: HashSet<_> = emulator
        .clients()
        .iter()
        .map(ClientCredentials::id)
        .collect();
    assert_eq!(ids.len(), 3);
    let mut expected = Vec::new();
    for (requests, client) in [4, 1, 3].into_iter().zip(emulator.clients()) {
        let token = issued_to(&emulator, client).await;
        let mut statuses = Vec::new();
        for _ in 0..requests {
            statuses.push(with_token(&emulator, &token).await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 429, 429][..requests]);
        let counts = [(2, 2), (1, 0), (2, 1)][expected.len()];
        expected.push((client.id().to_owned(), counts.0, counts.1));
    }
    let report = emulator.quota_report();
    let seen = report.clients.iter().map(|client| {
        let window = client.windows[0];
        (client.client.clone(), window.admitted, window.refused)
    });
    assert_eq!(seen.collect::<Vec<_>>(), expected);
    let over_http = get(&emulator, "/emulator/clients").await.body;
    let clients = emulator
        .clients()
        .iter()
        .map(|client| json!({ "clientId": client.id(), "clientSecret": client.secret() }));
    assert_eq!(over_http, json!({ "clients": clients.collect::<Vec<_>>() }));
}

#[tokio::test]
async fn every_other_token_has_its_own_quota() {
    let emulator = Emulator::builder().quota(1).start().await.unwrap();
    assert_eq!(with_token(&emulator, "a").await.status, 200);
    assert_eq!(with_token(&emulator, "a").await.status, 429);
    assert_eq!(with_token(&emulator, "b").await.status, 200);
}

#[tokio::test]
async fn invalid_tokens_use_no_quota_but_other_errors_do() {
    let emulator = Emulator::builder()
        .quota(1)
        .check_tokens()
        .start()
        .await
        .unwrap();
    for _ in 0..3 {
        assert_eq!(with_token(&emulator, "a").await.status, 401);
    }
    let emulator = Emulator::builder().quota(1).start().await.unwrap();
    assert_eq!(events(&emulator, "?limit=0").await.status, 400);
    assert_eq!(events(&emulator, "").await.status, 429);
}

#[tokio::test]
async fn the_window_has_the_configured_length() {
    // So short that every request starts a new one, and an hour.
    let builder = Emulator::builder().quota(1);
    let emulator = builder
        .clone()
        .quota_window(Duration::from_nanos(1))
        .start()
        .await
        .unwrap();
    for _ in 0..5 {
        assert_eq!(events(&emulator, "?limit=1").await.status, 200);
    }
    let emulator = builder
        .quota_window(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    assert_eq!(events(&emulator, "?limit=1").await.status, 200);
    let refused = events(&emulator, "?limit=1").await;
    assert!((3_500..=3_600).contains(&refused.header("Retry-After").parse().unwrap()));
}

#[tokio::test]
async fn the_report_counts_what_each_clients_windows_saw_and_names_no_token() {
    let emulator = Emulator::builder().quota(2).start().await.unwrap();
    let token = issued(&emulator).await;
    for token in ["canary", &token, &token, &token, "canary"] {
        with_token(&emulator, token).await;
    }
    let report = emulator.quota_report();
    assert_eq!(
        (report.requests, report.window),
        (Some(2), Duration::from_secs(60))
    );
    let clients = report.clients.iter().map(|client| {
        let [window] = client.windows.as_slice() else {
            panic!("one window")
        };
        (
            client.client.as_str(),
            client.most,
            window.admitted,
            window.refused,
        )
    });
    let expected = [("token 1", 2, 2, 0), (emulator.client_id(), 3, 2, 1)];
    assert!(clients.eq(expected), "{report:?}");
    let over_http = get(&emulator, "/emulator/quota").await;
    assert_eq!(over_http.body["requests"], 2);
    assert_eq!(over_http.body["windowMs"], 60_000);
    let second = &over_http.body["clients"][1];
    assert_eq!(
        (&second["most"], &second["windows"][0]["refused"]),
        (&json!(3), &json!(1))
    );
    assert!(!over_http.body.to_string().contains("canary"));
}

#[tokio::test]
async fn requests_are_counted_without_a_quota_too_and_those_that_a_fault_answered_apart() {
    let builder = Emulator::builder().fault(journey_events_emulator::Fault::status(503).every(2));
    let emulator = builder
        .quota_window(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    for _ in 0..5 {
        events(&emulator, "?limit=1").await;
    }
    let report = emulator.quota_report();
    let client = &report.clients[0];
    let window = client.windows[0];
    assert_eq!((report.requests, client.most), (None, 5));
    assert_eq!(
        (window.admitted, window.refused, window.replaced),
        (3, 0, 2)
    );
    assert_eq!(emulator.faults()[0].applied, 2);
}
