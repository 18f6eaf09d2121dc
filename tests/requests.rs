//! Requests on the wire, checked with a mock of the service over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use journey_events::{Client, ClientBuilder, Error, PageSizeParameter, RateLimit, RetryPolicy};
use wiremock::matchers::{
    basic_auth, body_string, header, method, path, query_param, query_param_is_missing,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";
const EVENTS: &str = "/api/v2/journey/sessions/5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60/events";

/// Settings for a mock service: backoff in milliseconds, no quota.
fn builder(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .access_token("token-1")
        .rate_limit(RateLimit::unlimited())
        .retry_policy(RetryPolicy::default().base_delay(Duration::from_millis(1)))
}

fn client(service: &MockServer) -> Client {
    builder(service.uri()).build().unwrap()
}

/// A page with one event of this id, and this query in its `nextUri`.
fn page(id: &str, next: Option<&str>) -> ResponseTemplate {
    let next = next.map_or(String::new(), |query| {
        format!(r#","nextUri":"{EVENTS}?{query}""#)
    });
    ResponseTemplate::new(200).set_body_raw(
        format!(
            r#"{{"entities":[{{"id":"{id}","eventType":"com.genesys.journey.WebEvent"}}],"selfUri":"{EVENTS}"{next}}}"#
        ),
        "application/json",
    )
}

fn first_page() -> wiremock::MockBuilder {
    Mock::given(path(EVENTS)).and(query_param_is_missing("after"))
}

async fn ids(client: &Client) -> Result<Vec<String>, Error> {
    let events = client.session_events(SESSION).stream();
    events
        .map_ok(|event| event.id().unwrap().to_owned())
        .try_collect()
        .await
}

async fn queries(service: &MockServer) -> Vec<String> {
    let requests = service.received_requests().await.unwrap();
    requests
        .into_iter()
        .map(|request| request.url.query().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_request_has_exactly_the_expected_path_parameters_and_headers() {
    let service = MockServer::start().await;
    first_page()
        .respond_with(page("a", None))
        .mount(&service)
        .await;
    assert_eq!(ids(&client(&service)).await.unwrap(), ["a"]);

    let requests = service.received_requests().await.unwrap();
    let [request] = &requests[..] else {
        panic!("one request: {requests:?}")
    };
    assert_eq!(request.method, "GET");
    assert_eq!(request.url.path(), EVENTS);
    assert_eq!(request.url.query(), Some("limit=200&pageSize=200"));
    assert!(request.body.is_empty());
    let mut names: Vec<_> = request
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "authorization",
            "host",
            "user-agent"
        ]
    );
    for (name, value) in [
        ("accept", "application/json"),
        ("accept-encoding", "gzip,br"),
        ("authorization", "Bearer token-1"),
        (
            "user-agent",
            concat!("journey-events/", env!("CARGO_PKG_VERSION")),
        ),
    ] {
        assert_eq!(request.headers[name], value);
    }
}

#[tokio::test]
async fn pages_are_followed_in_order_and_cursors_are_sent_byte_for_byte() {
    let service = MockServer::start().await;
    let links = [
        "pageSize=200&after=a+b/c==",
        "after=abc%2Fdef%2Bghi%3D&pageSize=200",
        "after=3",
    ];
    first_page()
        .respond_with(page("e0", Some(links[0])))
        .mount(&service)
        .await;
    for (cursor, id, next) in [
        ("a b/c==", "e1", Some(links[1])),
        ("abc/def+ghi=", "e2", Some(links[2])),
        ("3", "e3", None),
    ] {
        Mock::given(path(EVENTS))
            .and(query_param("after", cursor))
            .respond_with(page(id, next))
            .mount(&service)
            .await;
    }
    assert_eq!(
        ids(&client(&service)).await.unwrap(),
        ["e0", "e1", "e2", "e3"]
    );
    assert_eq!(
        queries(&service).await,
        [
            "limit=200&pageSize=200",
            "limit=200&pageSize=200&after=a+b/c==",
            "limit=200&pageSize=200&after=abc%2Fdef%2Bghi%3D",
            "limit=200&pageSize=200&after=3",
        ]
    );
}

#[tokio::test]
async fn the_limit_is_capped_and_sent_under_the_configured_parameter_names() {
    for (parameter, limit, query) in [
        (PageSizeParameter::Both, 50, "limit=50&pageSize=50"),
        (PageSizeParameter::Both, 200, "limit=200&pageSize=200"),
        (PageSizeParameter::Both, 201, "limit=200&pageSize=200"),
        (PageSizeParameter::Both, u32::MAX, "limit=200&pageSize=200"),
        (PageSizeParameter::Limit, 7, "limit=7"),
        (PageSizeParameter::PageSize, 7, "pageSize=7"),
    ] {
        let service = MockServer::start().await;
        first_page()
            .respond_with(page("a", None))
            .mount(&service)
            .await;
        let client = builder(service.uri())
            .page_size_parameter(parameter)
            .build()
            .unwrap();
        client
            .session_events(SESSION)
            .limit(limit)
            .page()
            .await
            .unwrap();
        assert_eq!(queries(&service).await, [query]);
    }
}

#[tokio::test]
async fn cursors_and_event_types_are_sent_if_set() {
    let service = MockServer::start().await;
    Mock::given(path(EVENTS))
        .respond_with(page("a", None))
        .mount(&service)
        .await;
    let client = client(&service);
    let request = || client.session_events(SESSION).limit(1);
    request().after("x%2Fy").page().await.unwrap();
    request().before("x+y").page().await.unwrap();
    let types = [
        "com.genesys.journey.WebEvent",
        "com.genesys.journey.AppEvent",
    ];
    request().event_types(types).page().await.unwrap();
    assert_eq!(
        queries(&service).await,
        [
            "limit=1&pageSize=1&after=x%2Fy",
            "limit=1&pageSize=1&before=x+y",
            "limit=1&pageSize=1&eventType=com.genesys.journey.WebEvent,com.genesys.journey.AppEvent",
        ]
    );
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll_or_ahead_of_the_consumer() {
    let service = MockServer::start().await;
    first_page()
        .respond_with(page("e0", Some("after=1")))
        .mount(&service)
        .await;
    Mock::given(query_param("after", "1"))
        .respond_with(page("e1", Some("after=2")))
        .mount(&service)
        .await;
    let mut stream = client(&service).session_events(SESSION).stream();
    assert_eq!(queries(&service).await.len(), 0);
    stream.next().await.unwrap().unwrap();
    assert_eq!(queries(&service).await.len(), 1);
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(queries(&service).await.len(), 2);
}

#[tokio::test]
async fn a_transient_error_response_mid_walk_is_retried() {
    for (status, body) in [
        (529, String::new()),
        (502, include_str!("fixtures/error-502.html").to_owned()),
        (503, include_str!("fixtures/error-503.json").to_owned()),
        (504, include_str!("fixtures/error-504.json").to_owned()),
    ] {
        let service = MockServer::start().await;
        first_page()
            .respond_with(page("e0", Some("after=1")))
            .mount(&service)
            .await;
        Mock::given(query_param("after", "1"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .up_to_n_times(2)
            .expect(2)
            .mount(&service)
            .await;
        Mock::given(query_param("after", "1"))
            .respond_with(page("e1", None))
            .mount(&service)
            .await;
        let client = client(&service);
        assert_eq!(ids(&client).await.unwrap(), ["e0", "e1"], "{status}");
        assert_eq!(client.stats().attempts, 4);
    }
}

#[tokio::test]
async fn tokens_are_fetched_with_client_credentials_and_replaced_if_refused() {
    let service = MockServer::start().await;
    let token = |token: &str| {
        ResponseTemplate::new(200).set_body_string(
            include_str!("fixtures/token.json").replace("t0k3n-for-tests-only", token),
        )
    };
    let login = || {
        Mock::given(method("POST"))
            .and(path("/login/oauth/token"))
            .and(basic_auth("client", "secret"))
            .and(header("content-type", "application/x-www-form-urlencoded"))
            .and(body_string("grant_type=client_credentials"))
    };
    login()
        .respond_with(token("t1"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&service)
        .await;
    login()
        .respond_with(token("t2"))
        .expect(1)
        .mount(&service)
        .await;
    let page_at = |cursor: &str, token: &str| {
        Mock::given(path(format!("/gateway{EVENTS}")))
            .and(query_param("after", cursor))
            .and(header("authorization", format!("Bearer {token}")))
    };
    page_at("0", "t1")
        .respond_with(page("e0", Some("after=1")))
        .mount(&service)
        .await;
    page_at("1", "t1")
        .respond_with(ResponseTemplate::new(401))
        .expect(1)
        .mount(&service)
        .await;
    page_at("1", "t2")
        .respond_with(page("e1", None))
        .mount(&service)
        .await;

    let client = builder(format!("{}/gateway/", service.uri()))
        .login_url(format!("{}/login", service.uri()))
        .client_credentials("client", "secret")
        .build()
        .unwrap();
    let events = client.session_events(SESSION).after("0").stream();
    assert_eq!(events.count().await, 2);
    assert_eq!(client.stats().requests, 5);
}

#[tokio::test]
async fn a_custom_http_client_keeps_its_settings_but_follows_no_redirects() {
    let service = MockServer::start().await;
    Mock::given(header("user-agent", "my-app/1"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/x"))
        .expect(1)
        .mount(&service)
        .await;
    let custom = || journey_events::reqwest::Client::builder().user_agent("my-app/1");
    let client = builder(service.uri()).http(custom).build().unwrap();
    assert_eq!(ids(&client).await.unwrap_err().status(), Some(302));
}

#[tokio::test]
async fn requests_go_through_the_configured_proxy() {
    let proxy = MockServer::start().await;
    Mock::given(path(EVENTS))
        .respond_with(page("a", None))
        .mount(&proxy)
        .await;
    let client = builder("http://service.example")
        .allow_plain_http()
        .proxy(proxy.uri())
        .build()
        .unwrap();
    assert_eq!(ids(&client).await.unwrap(), ["a"]);
    let requests = proxy.received_requests().await.unwrap();
    assert_eq!(requests[0].headers["host"], "service.example");
}
