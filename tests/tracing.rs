//! What a client traces, and that traces contain neither secrets nor customer data.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::TryStreamExt;
use journey_events::{Client, RetryPolicy};
use tracing_subscriber::fmt::format::FmtSpan;
use wiremock::matchers::{method, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn pages_and_attempts_are_spans_without_secrets() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let service = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_string(
            r#"{"access_token":"canary-token","token_type":"bearer","expires_in":100}"#,
        ))
        .mount(&service)
        .await;
    Mock::given(query_param_is_missing("after"))
        .respond_with(ResponseTemplate::new(200).set_body_string(
            r#"{"entities":[{"id":"canary-id","eventType":"t","customerId":"canary-customer"}],"nextUri":"/x?after=canary-cursor"}"#,
        ))
        .mount(&service)
        .await;
    Mock::given(query_param("after", "canary-cursor"))
        .respond_with(
            ResponseTemplate::new(503)
                .set_body_string(r#"{"message":"canary-message","code":"service.unavailable"}"#)
                .insert_header("ININ-Correlation-Id", "c-42"),
        )
        .mount(&service)
        .await;
    let client = Client::builder()
        .base_url(service.uri())
        .client_credentials("client", "canary-secret")
        .retry_policy(
            RetryPolicy::default()
                .max_attempts(2)
                .base_delay(Duration::from_millis(1)),
        )
        .build()
        .unwrap();
    let error = client
        .session_events("s-1")
        .stream()
        .try_collect::<Vec<_>>()
        .await
        .unwrap_err();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("journey_events::"))
        .collect();
    let pages: Vec<_> = ours
        .iter()
        .filter(|line| line.contains("}: journey_events::fetch: close"))
        .collect();
    assert!(!pages.is_empty(), "{log}");
    for expected in [
        r#"page{session="s-1" page=1}:attempt{attempt=1 queued_ms=0 status=200"#,
        r#"page{session="s-1" page=2}:attempt{attempt=2 queued_ms=0 status=503 correlation_id="c-42"}"#,
        r#"page{session="s-1" page=2}: journey_events::fetch::retry: retrying cause=Status(503) attempt=1"#,
        "login: journey_events::fetch::client_login: close",
    ] {
        assert!(
            ours.iter().any(|line| line.contains(expected)),
            "{expected}\n{log}"
        );
    }
    let ours = ours.join("\n");
    for text in [
        ours,
        error.to_string(),
        format!("{error:?}"),
        format!("{client:?}"),
    ] {
        assert!(!text.contains("canary"), "{text}");
    }
}
