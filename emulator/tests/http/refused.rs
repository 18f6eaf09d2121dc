//! Refused requests and their error bodies.

use journey_events_emulator::Emulator;
use reqwest::Client;
use serde_json::json;

use crate::client::{Response, events, events_uri, get, send, started};

fn assert_refused(response: &Response, status: u16, code: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    assert_eq!(response.body["status"], status);
    assert_eq!(response.body["code"], code);
    assert_eq!(
        response.body["contextId"],
        response.header("ININ-Correlation-Id")
    );
    assert_eq!(
        (&response.body["details"], &response.body["errors"]),
        (&json!([]), &json!([]))
    );
    assert!(
        response.body["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert_eq!(response.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_invalid_page_size_is_refused_with_its_name_and_value() {
    let emulator = started(10).await;
    for parameter in ["limit", "pageSize"] {
        for value in ["0", "201", "-1", "many"] {
            let response = events(&emulator, &format!("?{parameter}={value}")).await;
            assert_refused(&response, 400, "invalid.value");
            let params = &response.body["messageParams"];
            assert_eq!(
                (&params["field"], &params["value"]),
                (&json!(parameter), &json!(value))
            );
            let message = response.body["message"].as_str().unwrap();
            let parts = [parameter, value, "1 to 200"];
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }
}

#[tokio::test]
async fn an_invalid_cursor_is_refused() {
    let emulator = started(100).await;
    for cursor in ["abc", "bW9yZQ%3D%3D", "", "%FF%00", "AAAA%2BBBB"] {
        for name in ["after", "before"] {
            let response = events(&emulator, &format!("?{name}={cursor}")).await;
            assert_refused(&response, 400, "bad.request");
            assert_eq!(response.body["message"], "The cursor is not valid.");
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_session_is_refused() {
    let emulator = Emulator::builder()
        .sessions(2)
        .events(100)
        .start()
        .await
        .unwrap();
    let next = events(&emulator, "").await.uri("nextUri").unwrap();
    let [first, second] = [0, 1].map(|session| emulator.sessions()[session].id().to_owned());
    assert_refused(
        &get(&emulator, &next.replace(&first, &second)).await,
        400,
        "bad.request",
    );
    assert_eq!(get(&emulator, &next).await.status, 200);
}

#[tokio::test]
async fn a_cursor_past_the_end_of_a_shorter_session_is_refused() {
    let (long, short) = (started(100).await, started(10).await);
    let next = events(&long, "").await.uri("nextUri").unwrap();
    assert_refused(&get(&short, &next).await, 400, "bad.request");
}

#[tokio::test]
async fn both_cursors_at_once_are_refused() {
    let emulator = started(100).await;
    let next = events(&emulator, "").await.uri("nextUri").unwrap();
    let cursor = next.split_once("after=").unwrap().1;
    assert_refused(
        &get(&emulator, &format!("{next}&before={cursor}")).await,
        400,
        "bad.request",
    );
}

#[tokio::test]
async fn an_unknown_session_and_an_unknown_path_are_not_found() {
    let emulator = started(1).await;
    let none = "00000000-0000-4000-8000-000000000000";
    for uri in [
        format!("/api/v2/journey/sessions/{none}/events"),
        "/api/v2/journey/sessions/%FF/events".to_owned(),
        "/api/v2/journey/sessions".to_owned(),
        "/".to_owned(),
    ] {
        assert_refused(&get(&emulator, &uri).await, 404, "not.found");
    }
}

#[tokio::test]
async fn an_unknown_path_below_emulator_is_refused_and_not_recorded() {
    let emulator = started(1).await;
    let url = format!("{}/emulator/requests", emulator.base_url());
    assert_refused(
        &send(Client::new().post(url)).await,
        405,
        "method.not.allowed",
    );
    assert_refused(&get(&emulator, "/emulator/else").await, 404, "not.found");
    assert!(emulator.recorded().is_empty());
}

#[tokio::test]
async fn a_wrong_method_is_refused() {
    let emulator = started(1).await;
    let base = emulator.base_url();
    let events = format!("{base}{}", events_uri(&emulator, 0, ""));
    assert_refused(
        &send(Client::new().post(events)).await,
        405,
        "method.not.allowed",
    );
    let token = format!("{base}/oauth/token");
    assert_refused(
        &send(Client::new().get(token)).await,
        405,
        "method.not.allowed",
    );
}

#[tokio::test]
async fn a_request_without_a_bearer_token_is_refused() {
    let emulator = started(1).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let plain = send(Client::new().get(&url)).await;
    assert_refused(&plain, 401, "authentication.required");
    for value in ["Basic YTpi", "Bearer", "Bearer  ", "Bearertoken"] {
        let response = send(Client::new().get(&url).header("Authorization", value)).await;
        assert_refused(&response, 401, "authentication.required");
    }
    let lower = Client::new()
        .get(&url)
        .header("authorization", "bearer any");
    assert_eq!(send(lower).await.status, 200);
}
