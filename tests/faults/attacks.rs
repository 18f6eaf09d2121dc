//! Attacks 1 to 7, 9 and 12: a hostile server, a hostile file, or a hostile argument.

use std::error::Error as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use futures::TryStreamExt;
use journey_events::{Checkpoint, Client, ClientBuilder, ErrorKind, Region, RetryPolicy, reqwest};

use crate::support::raw::{RawServer, Reply, Step, ok, response};
use crate::support::session::{SESSION, all_ids, page_json, session_json};
use crate::support::walks::{SIZES, WalkResult, assert_fails, builder, healthy, walk};

/// Everything logged through `tracing` and `log`, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The log of the whole process. Tests recognize their lines by their canaries.
    fn of_process() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything a user can print about a walk that ends with this response: Debug and Display of every
/// public value, of the error and of its sources.
async fn everything_printable(
    settings: fn(ClientBuilder) -> ClientBuilder,
    response: &'static [u8],
) -> (String, ErrorKind) {
    let server = RawServer::start(move |request| {
        let token = r#"{"access_token":"canary-token","expires_in":86399}"#;
        let page = r#"{"entities":[{"id":"canary-id","eventType":"t","customerId":"canary-customer"}],"nextUri":"/x?after=canary-cursor"}"#;
        match &request.head {
            head if head.starts_with("POST") => Reply::Healthy(vec![Step::Send(ok(token))]),
            head if !head.contains("canary-cursor") => Reply::Healthy(vec![Step::Send(ok(page))]),
            _ => Reply::Fault(vec![Step::Send(response.to_vec()), Step::Close]),
        }
    })
    .await;
    let settings = settings(
        builder(&server.base_url)
            .client_credentials("canary-client", "canary-secret")
            .http(|| reqwest::Client::builder().connection_verbose(true))
            .retry_policy(
                RetryPolicy::default()
                    .max_attempts(2)
                    .base_delay(std::time::Duration::ZERO),
            ),
    );
    let mut printed = vec![format!("{settings:?}")];
    let client = settings.build().unwrap();
    let request = client.session_events(SESSION);
    printed.push(format!("{client:?} {request:?}"));
    printed.push(format!("{:?}", request.clone().after("canary-cursor")));
    let mut stream = request.stream();
    let event = stream.try_next().await.unwrap().unwrap();
    assert_eq!(event.id(), Some("canary-id"));
    printed.push(format!("{stream:?} {:?}", stream.checkpoint()));
    let error = stream.try_next().await.unwrap_err();
    assert!(server.observed().faults > 0, "the fault was injected");
    printed.push(format!("{stream:?} {:?} {error} {error:?}", client.stats()));
    let mut source = error.source();
    while let Some(inner) = source {
        printed.push(format!("{inner} {inner:?}"));
        source = inner.source();
    }
    (printed.join("\n"), error.kind())
}

/// Responses that end a walk, each with the kind of its error.
const FAILURES: [(&[u8], ErrorKind); 6] = [
    (
        b"HTTP/1.1 503 x\r\ncontent-length: 28\r\n\r\n{\"message\":\"canary-message\"}",
        ErrorKind::Unavailable,
    ),
    (
        b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/canary\r\ncontent-length: 0\r\n\r\n",
        ErrorKind::Rejected,
    ),
    (
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"canary",
        ErrorKind::Transport,
    ),
    (b"canary is not http\r\n\r\n", ErrorKind::Transport),
    (
        b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\"canary\"",
        ErrorKind::UnexpectedResponse,
    ),
    (
        b"HTTP/1.1 200 OK\r\ncontent-length: 33\r\n\r\n{\"entities\":[{\"id\":\"canary-id\"}]}",
        ErrorKind::MalformedEvent,
    ),
];

#[tokio::test]
async fn attack_01_attack_02_secrets_cursors_and_customer_data_are_never_printed_or_logged() {
    let log = Log::of_process();
    for (response, expected) in FAILURES {
        let (printed, kind) = everything_printable(|settings| settings, response).await;
        assert_eq!(kind, expected, "{printed}");
        assert!(!printed.contains("canary"), "{printed}");
    }
    let log = log.text();
    assert!(
        log.contains("journey_events::fetch::retry: retrying error.type=connection_lost"),
        "the log works"
    );
    assert!(
        log.contains("hyper_util"),
        "the log includes the HTTP client"
    );
    for secret in [
        "canary-token",
        "canary-secret",
        "canary-client",
        "canary-id",
        "canary-customer",
        "canary-message",
        "canary-cursor",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}

#[tokio::test]
async fn attack_03_a_redirect_is_an_error_and_the_token_is_sent_nowhere_else() {
    let elsewhere = RawServer::start(healthy).await;
    let other_host = format!("{}/x", elsewhere.base_url);
    let other_scheme = other_host.replace("http:", "https:");
    for (status, location) in [
        ("301 Moved Permanently", other_host.as_str()),
        ("302 Found", other_scheme.as_str()),
        ("303 See Other", "/x"),
        ("307 Temporary Redirect", "//evil.example/x"),
        ("308 Permanent Redirect", "file:///etc/passwd"),
    ] {
        let header = format!("location: {location}\r\n");
        let error = assert_fails(ErrorKind::Rejected, 1, move |_| {
            vec![Step::Send(response(status, &header, ""))]
        })
        .await;
        assert_eq!(error.status().unwrap().to_string(), status[..3]);
    }
    assert_eq!(elsewhere.observed().connections, 0);
}

#[tokio::test]
async fn attack_04_only_the_cursor_of_a_link_is_used() {
    let elsewhere = RawServer::start(healthy).await;
    let host = elsewhere
        .base_url
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    for link in [
        format!("http://{host}/x?after=1"),
        format!("//{host}/x?after=1"),
        format!(r"\\\\{host}\\x?after=1"),
        format!("http://user:password@{host}/?after=1"),
        "javascript:alert(1)?after=1".to_owned(),
        "file:///etc/passwd?after=1".to_owned(),
        "?after=1".to_owned(),
        "../../../../login/oauth/token?after=1".to_owned(),
        "/x?limit=1&pageSize=1&after=1&limit=9999".to_owned(),
        "/x?after=1#?after=2".to_owned(),
    ] {
        let server = RawServer::start(move |request| {
            let page = session_json(&[1, 1], request.page());
            let page = page.replace("/x?after=1", &link);
            Reply::Fault(vec![Step::Send(ok(page))])
        })
        .await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&[1, 1]));
        let second = &server.observed().requests[1].head;
        let expected = format!(
            "GET /api/v2/journey/sessions/{SESSION}/events?limit=200&pageSize=200&after=1 HTTP/1.1"
        );
        assert_eq!(second.lines().next(), Some(expected.as_str()));
    }
    assert_eq!(elsewhere.observed().connections, 0);
}

#[tokio::test]
async fn attack_04_a_cursor_that_would_alter_the_request_is_not_sent() {
    for cursor in ["1 HTTP/1.1", "1\\r\\nx: y", "1\\u0000", "ü", "1'", "<1>"] {
        let server = RawServer::start(move |request| {
            let page = page_json(&[request.number.to_string()], Some(1));
            let page = page.replace("after=1", &format!("after={cursor}"));
            Reply::Fault(vec![Step::Send(ok(page))])
        })
        .await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert_eq!(ids, ["1"], "events before the bad link are yielded");
        assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse);
        assert_eq!(server.observed().requests.len(), 1);
    }
}

#[tokio::test]
async fn attack_05_an_invalid_session_id_is_refused_before_any_request() {
    let server = RawServer::start(healthy).await;
    let client = builder(&server.base_url).build().unwrap();
    for id in [
        "..",
        ".",
        "",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "%2e%2e",
        "a%2fb",
        "a\r\nb",
        "a\0",
        "a\u{7f}",
        "a\u{202e}",
        " ",
        "ä",
    ] {
        let error = walk(client.session_events(id)).await.error.unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id:?}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("{id:?}")) && text.contains("expected a UUID"),
            "{text}"
        );
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert_eq!(server.observed().connections, 0);
}

#[test]
fn attack_06_credentials_that_are_invalid_in_a_header_are_refused_by_the_builder() {
    let good = || Client::builder().region(Region::EuCentral1);
    for text in ["", "a\r\nx: y", "a\nb", "a\0", "tök", "a b", "\u{7f}"] {
        for builder in [
            good().access_token(text),
            good().client_credentials(text, "secret"),
            good().client_credentials("id", text),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}");
        }
    }
}

#[test]
fn attack_07_plain_http_is_refused_except_for_loopback_unless_allowed() {
    let at = |url: &str| Client::builder().access_token("t").base_url(url);
    for url in [
        "http://api.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
        "ws://127.0.0.1",
    ] {
        assert!(at(url).build().is_err(), "{url}");
        let login = at("https://api.example").login_url(url);
        assert!(login.build().is_err(), "{url}");
    }
    for url in [
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://localhost:1",
        "https://api.example",
    ] {
        at(url).build().unwrap();
    }
    at("http://api.example").allow_plain_http().build().unwrap();
}

/// A proxy that issues a token for any login, and whatever else it is asked for.
async fn proxy() -> RawServer {
    RawServer::start(|request| {
        let body = if request.head.starts_with("POST") {
            r#"{"access_token":"canary-token","expires_in":86399}"#.to_owned()
        } else {
            session_json(&SIZES, request.page())
        };
        Reply::Healthy(vec![Step::Send(ok(body))])
    })
    .await
}

/// Asserts that the proxy got the login for another host and nothing else: the API is on loopback.
async fn assert_bypasses_proxy(proxy: &RawServer, settings: ClientBuilder) {
    let client = settings
        .login_url("http://login.example")
        .client_credentials("client", "secret")
        .allow_plain_http()
        .build()
        .unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    for request in proxy.observed().requests {
        let line = request.head.lines().next().unwrap().to_owned();
        assert_eq!(line, "POST http://login.example/oauth/token HTTP/1.1");
    }
}

#[tokio::test]
async fn attack_07_a_configured_proxy_gets_no_request_to_loopback() {
    let api = RawServer::start(healthy).await;
    for is_builders in [true, false] {
        let proxy = proxy().await;
        let url = proxy.base_url.clone();
        let settings = builder(&api.base_url);
        let settings = if is_builders {
            settings.http(move || {
                let proxy = reqwest::Proxy::all(&url).unwrap();
                reqwest::Client::builder().proxy(proxy)
            })
        } else {
            settings.proxy(url)
        };
        assert_bypasses_proxy(&proxy, settings).await;
        assert_eq!(
            proxy.observed().requests.len(),
            1,
            "the login went through it"
        );
    }
}

#[tokio::test]
async fn attack_07_a_login_on_loopback_bypasses_the_proxy_that_the_api_uses() {
    let (login, proxy) = (proxy().await, proxy().await);
    let client = builder("http://api.example")
        .login_url(&login.base_url)
        .client_credentials("client", "secret")
        .allow_plain_http()
        .proxy(&proxy.base_url)
        .build()
        .unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_eq!(login.observed().requests.len(), 1);
    let through_proxy = proxy.observed().requests;
    assert_eq!(through_proxy.len(), SIZES.len());
    assert!(
        through_proxy
            .iter()
            .all(|request| request.head.starts_with("GET http://api.example/"))
    );
}

/// A process's environment can't be changed safely from within, so this test runs itself in another.
#[tokio::test(flavor = "multi_thread")]
async fn attack_07_a_proxy_of_the_environment_gets_no_request_to_loopback() {
    const NAME: &str = "attacks::attack_07_a_proxy_of_the_environment_gets_no_request_to_loopback";
    const API: &str = "JOURNEY_EVENTS_TEST_API";
    if let Ok(api) = std::env::var(API) {
        let client = builder(api)
            .login_url("http://login.example")
            .client_credentials("client", "secret")
            .allow_plain_http()
            .build()
            .unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        return;
    }
    let (api, proxy) = (RawServer::start(healthy).await, proxy().await);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args([NAME, "--exact"])
        .env(API, &api.base_url)
        .env("HTTP_PROXY", &proxy.base_url)
        .env("http_proxy", &proxy.base_url)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env_remove("REQUEST_METHOD");
    let output = tokio::task::spawn_blocking(move || child.output());
    let output = output.await.unwrap().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let lines = proxy.observed().requests.into_iter();
    let lines: Vec<_> = lines
        .map(|request| request.head.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(lines, ["POST http://login.example/oauth/token HTTP/1.1"]);
    assert_eq!(api.observed().requests.len(), SIZES.len());
}

#[test]
fn attack_07_plain_http_is_refused_whoever_builds_the_http_client() {
    let builder = Client::builder()
        .base_url("http://api.example")
        .access_token("t")
        .http(reqwest::Client::builder);
    assert!(builder.build().is_err());
}

#[tokio::test]
async fn attack_09_terminal_controls_in_error_responses_are_replaced() {
    let body = r#"{"message":"\u001b[2J\u0007\u009b\u202eevil\r\n","code":"\u001b]0;evil\u0007"}"#;
    let error = assert_fails(ErrorKind::NotFound, 1, move |_| {
        let headers = "ININ-Correlation-Id: c\t\u{9b}2J\u{202e}\r\n";
        vec![Step::Send(response("404 Not Found", headers, body))]
    })
    .await;
    let is_terminal_control = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    for text in [
        error.to_string(),
        format!("{error:?}"),
        error.code().unwrap().to_owned(),
        error.correlation_id().unwrap().to_owned(),
    ] {
        assert!(!text.chars().any(is_terminal_control), "{text:?}");
    }
    assert!(error.code().unwrap().contains("evil"));
}

#[tokio::test]
async fn attack_12_a_forged_checkpoint_is_refused_or_harmless() {
    let server = RawServer::start(healthy).await;
    let elsewhere = RawServer::start(healthy).await;
    let client = builder(&server.base_url).build().unwrap();
    let checkpoint = |service: &str, session: &str, cursor: &str| {
        format!(
            r#"{{"version":2,"kind":"session_events","service":"{service}","session":"{session}","direction":"after","event_types":[],"cursor":"{cursor}","yielded":"","done":false}}"#
        )
    };
    let parse = |text: &str| serde_json::from_str::<Checkpoint>(text);

    let good = checkpoint(&server.base_url, SESSION, "1");
    for end in 0..good.len() {
        assert!(parse(&good[..end]).is_err(), "truncated after {end}");
    }
    for (text, named) in [
        (good.replace("\"version\":2", "\"version\":3"), "version 3"),
        (good.replace("session_events", "visits"), "visits"),
        (
            good.replace("\"yielded\":\"\"", "\"yielded\":\"AA\""),
            "`yielded`",
        ),
        (checkpoint(&server.base_url, SESSION, "1&limit=1"), "cursor"),
        (
            checkpoint(&server.base_url, SESSION, &"a".repeat(10_000_000)),
            "cursor",
        ),
    ] {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(named) && error.len() < 500, "{error:.500}");
    }
    let huge = "a".repeat(10_000_000);
    for (text, named) in [
        (
            checkpoint(&elsewhere.base_url, SESSION, "1"),
            "another service",
        ),
        (checkpoint(&huge, SESSION, "1"), "another service"),
        (
            checkpoint(&server.base_url, "other", "1"),
            "another session",
        ),
        (checkpoint(&server.base_url, &huge, "1"), "another session"),
    ] {
        let foreign = parse(&text).unwrap();
        let error = walk(client.session_events(SESSION).resume(foreign))
            .await
            .error
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.contains(named) && text.len() < 500, "{text:.500}");
    }
    assert_eq!(
        server.observed().connections + elsewhere.observed().connections,
        0
    );

    // A checkpoint that claims more events than the page has fails after one request.
    for given in ["1000", "18446744073709551615"] {
        let text = good
            .replace("\"version\":2", "\"version\":1")
            .replace("\"kind\":\"session_events\",", "")
            .replace("\"yielded\":\"\"", &format!("\"given\":{given}"));
        let request = client.session_events(SESSION).resume(parse(&text).unwrap());
        let WalkResult { ids, error } = walk(request).await;
        assert!(ids.is_empty());
        assert_eq!(error.unwrap().kind(), ErrorKind::StaleCheckpoint);
    }
    // One that claims events which the session never had ends in an error.
    let text = good.replace("\"yielded\":\"\"", "\"yielded\":\"AAAAAAAAAAA\"");
    let request = client.session_events(SESSION).resume(parse(&text).unwrap());
    assert_eq!(
        walk(request).await.error.unwrap().kind(),
        ErrorKind::StaleCheckpoint
    );
    let result = walk(client.session_events(SESSION).resume(parse(&good).unwrap())).await;
    assert_eq!(result.ids, all_ids(&SIZES)[3..]);
    assert_eq!(elsewhere.observed().connections, 0);
}
