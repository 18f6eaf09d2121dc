//! A minimal client, shared by all tests here.

use journey_events_emulator::{ClientCredentials, Emulator};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let entities = self.body["entities"].as_array().expect("a page");
        entities
            .iter()
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn uri(&self, name: &str) -> Option<String> {
        self.body
            .get(name)
            .map(|uri| uri.as_str().unwrap().to_owned())
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap()
    };
    Response {
        status,
        headers,
        body,
    }
}

/// Requests a token for the first client.
pub(crate) async fn token(emulator: &Emulator) -> Response {
    token_of(emulator, &emulator.clients()[0]).await
}

async fn token_of(emulator: &Emulator, client: &ClientCredentials) -> Response {
    let request = Client::new()
        .post(format!("{}/oauth/token", emulator.base_url()))
        .basic_auth(client.id(), Some(client.secret()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    send(request).await
}

pub(crate) async fn issued(emulator: &Emulator) -> String {
    issued_to(emulator, &emulator.clients()[0]).await
}

pub(crate) async fn issued_to(emulator: &Emulator, client: &ClientCredentials) -> String {
    let response = token_of(emulator, client).await;
    response.body["access_token"].as_str().unwrap().to_owned()
}

/// Fetches a URI of the emulator with a token.
pub(crate) async fn get(emulator: &Emulator, uri: &str) -> Response {
    send(
        Client::new()
            .get(format!("{}{uri}", emulator.base_url()))
            .bearer_auth("any"),
    )
    .await
}

pub(crate) fn events_uri(emulator: &Emulator, session: usize, query: &str) -> String {
    format!(
        "/api/v2/journey/sessions/{}/events{query}",
        emulator.sessions()[session].id()
    )
}

/// Fetches events of the first session.
pub(crate) async fn events(emulator: &Emulator, query: &str) -> Response {
    get(emulator, &events_uri(emulator, 0, query)).await
}

/// Fetches all pages from this URI on, following `nextUri` or `previousUri`.
pub(crate) async fn walk(emulator: &Emulator, uri: String, direction: &str) -> Vec<Response> {
    let (mut pages, mut uri) = (Vec::new(), Some(uri));
    while let Some(to) = uri {
        assert!(pages.len() < 1_000, "the walk doesn't end");
        let page = get(emulator, &to).await;
        assert_eq!(page.status, StatusCode::OK, "{to}");
        uri = page.uri(direction);
        pages.push(page);
    }
    pages
}

/// Returns the ids of all events on these pages, in their order.
pub(crate) fn ids(pages: &[Response]) -> Vec<String> {
    pages.iter().flat_map(Response::ids).collect()
}

pub(crate) async fn started(events: u64) -> Emulator {
    Emulator::builder().events(events).start().await.unwrap()
}

/// Sends a request that controls the emulator.
pub(crate) async fn control(
    emulator: &Emulator,
    method: Method,
    path: &str,
    body: &Value,
) -> Response {
    let url = format!("{}/emulator/{path}", emulator.base_url());
    let request = Client::new().request(method, url);
    let request = match body {
        Value::Null => request,
        body => request.body(body.to_string()),
    };
    send(request.header("content-type", "application/json")).await
}
