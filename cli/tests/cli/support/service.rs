//! Responses that the emulator can't give.

use std::io;

use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

fn events_path() -> String {
    format!("/api/v2/journey/sessions/{SESSION}/events")
}

/// Returns a page of entities, with the cursor of the next page if there is one.
pub(crate) fn page(entities: &str, next: Option<&str>) -> ResponseTemplate {
    let next = next.map_or(String::new(), |cursor| {
        format!(r#","nextUri":"{}?after={cursor}""#, events_path())
    });
    let body = format!(r#"{{"entities":[{entities}]{next}}}"#);
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

/// Returns an error response in the format of the service.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let body = format!(r#"{{"message":"{message}","code":"{code}","status":{status}}}"#);
    ResponseTemplate::new(status)
        .insert_header(
            "ININ-Correlation-Id",
            "c0ffee00-1111-4222-8333-444455556666",
        )
        .set_body_raw(body, "application/json")
}

/// Responds to the request for the session's first page.
pub(crate) async fn first(server: &MockServer, response: ResponseTemplate) {
    let first = Mock::given(method("GET")).and(path(events_path()));
    first
        .and(query_param_is_missing("after"))
        .respond_with(response)
        .mount(server)
        .await;
}

/// Responds to the request for the session's page at a cursor.
pub(crate) async fn at(server: &MockServer, cursor: &str, response: ResponseTemplate) {
    let page = Mock::given(method("GET")).and(path(events_path()));
    page.and(query_param("after", cursor))
        .respond_with(response)
        .mount(server)
        .await;
}

/// Returns the number of requests received.
pub(crate) async fn requests(server: &MockServer) -> io::Result<usize> {
    let requests = server.received_requests().await;
    requests
        .map(|all| all.len())
        .ok_or_else(|| io::Error::other("requests aren't recorded"))
}

/// Returns an event with this id.
pub(crate) fn event(id: &str) -> String {
    format!(r#"{{"id":"{id}","eventType":"com.genesys.journey.WebEvent","webEvent":{{}}}}"#)
}
