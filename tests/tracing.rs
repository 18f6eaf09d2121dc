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
use tracing::Level;
use tracing::subscriber::DefaultGuard;
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

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Traces of this thread, while the guard is held.
fn logged(level: Level) -> (Log, DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// Returns a page, and then refuses, with canaries in everything that must not be traced.
async fn service() -> MockServer {
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
    service
}

#[tokio::test]
async fn pages_and_attempts_are_spans_without_secrets() {
    let (log, _guard) = logged(Level::TRACE);
    let service = service().await;
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
        .session_events("canary-session")
        .stream()
        .try_collect::<Vec<_>>()
        .await
        .unwrap_err();

    let log = log.text();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("journey_events::"))
        .collect();
    let server = format!("server.port={}", service.address().port());
    let events = "/api/v2/journey/sessions/{sessionId}/events";
    let got = format!(r#"otel.name=GET {events} otel.kind="client" http.request.method="GET" "#);
    let got = |page, rest| format!("page{{page={page}}}:request{{{got}{rest}");
    let closed = "}: journey_events::fetch::trace: close";
    let response =
        r#"http.response.status_code=503 http.response.header.inin-correlation-id="c-42" "#;
    let refused = format!(r#"{response}otel.status_code="ERROR" error.type=503{closed}"#);
    for expected in [
        vec![
            r#"page{page=1}:login:request{otel.name=POST /oauth/token otel.kind="client""#
                .to_owned(),
            format!("http.response.status_code=200{closed}"),
        ],
        vec![
            got(
                1,
                r#"network.protocol.version="1.1" server.address="127.0.0.1""#,
            ),
            server,
            format!(r#"url.template="{events}" http.response.status_code=200{closed}"#),
        ],
        vec![got(2, "network"), refused.clone()],
        vec![got(2, "http.request.resend_count=1 "), refused.clone()],
        vec![
            "page{page=2}: journey_events::fetch::retry: retrying error.type=503 attempt=1"
                .to_owned(),
        ],
        vec!["page{page=2}: journey_events::fetch: close".to_owned()],
        vec!["login: journey_events::fetch::client_login: close".to_owned()],
    ] {
        let has_all = |line: &&&str| expected.iter().all(|part| line.contains(part));
        assert_eq!(
            ours.iter().filter(has_all).count(),
            1,
            "{expected:?}\n{log}"
        );
    }
    let ours = ours.join("\n");
    assert!(!ours.contains("canary-session"), "{ours}");
    for text in [
        ours,
        error.to_string().replace("canary-session", ""),
        format!("{error:?}").replace("canary-session", ""),
        format!("{client:?}"),
    ] {
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains("after="), "{text}");
    }
}

/// A server's span of the request that it handles has fields of the same names.
#[tokio::test]
async fn the_spans_of_callers_stay_as_they_are() {
    let (log, _guard) = logged(Level::INFO);
    let service = service().await;
    let client = Client::builder()
        .base_url(service.uri())
        .access_token("canary-token")
        .build()
        .unwrap();
    let mut events = client.session_events("canary-session").stream();
    let handler = tracing::info_span!("handler", http.response.status_code = tracing::field::Empty);
    let first = tracing::Instrument::instrument(events.try_next(), handler).await;
    assert!(first.unwrap().is_some());
    drop(events);

    let log = log.text();
    assert!(log.contains("handler: tracing: close"), "{log}");
    assert!(!log.contains("status_code"), "{log}");
}
