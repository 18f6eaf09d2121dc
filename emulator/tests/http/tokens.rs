//! Client credentials and token checks.

use std::time::Duration;

use journey_events_emulator::Emulator;
use reqwest::{Client, RequestBuilder};

use crate::client::{events_uri, send, started, token};

fn token_request(emulator: &Emulator, form: &'static str) -> RequestBuilder {
    Client::new()
        .post(format!("{}/oauth/token", emulator.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
}

async fn status_with(emulator: &Emulator, token: &str) -> u16 {
    let url = format!("{}{}", emulator.base_url(), events_uri(emulator, 0, ""));
    send(Client::new().get(url).bearer_auth(token))
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn only_issued_tokens_pass_a_token_check() {
    let emulator = Emulator::builder().check_tokens().start().await.unwrap();
    let response = token(&emulator).await;
    assert_eq!(response.status, 200);
    assert_eq!(
        (&response.body["token_type"], &response.body["expires_in"]),
        (&"bearer".into(), &86_399.into())
    );
    let issued = response.body["access_token"].as_str().unwrap();
    assert_eq!(status_with(&emulator, issued).await, 200);
    assert_eq!(status_with(&emulator, "any").await, 401);
    assert_eq!(status_with(&emulator, &format!("{issued}x")).await, 401);
}

#[tokio::test]
async fn any_token_passes_without_a_token_check() {
    assert_eq!(status_with(&started(1).await, "any").await, 200);
}

#[tokio::test]
async fn each_token_is_new_and_earlier_ones_stay_valid() {
    let emulator = Emulator::builder().check_tokens().start().await.unwrap();
    let (one, two) = (token(&emulator).await, token(&emulator).await);
    assert_ne!(one.body["access_token"], two.body["access_token"]);
    for response in [one, two] {
        let token = response.body["access_token"].as_str().unwrap();
        assert_eq!(status_with(&emulator, token).await, 200);
    }
}

#[tokio::test]
async fn expires_in_is_the_configured_lifetime() {
    let lifetime = Duration::from_millis(2_700);
    let emulator = Emulator::builder()
        .token_lifetime(lifetime)
        .start()
        .await
        .unwrap();
    assert_eq!(token(&emulator).await.body["expires_in"], 2);
}

#[tokio::test]
async fn a_wrong_or_missing_client_gets_no_token() {
    let emulator = started(1).await;
    let grant = "grant_type=client_credentials";
    let (id, secret) = (emulator.client_id(), emulator.client_secret());
    for request in [
        token_request(&emulator, grant),
        token_request(&emulator, grant).basic_auth(id, Some("wrong")),
        token_request(&emulator, grant).basic_auth("wrong", Some(secret)),
        token_request(&emulator, grant).header("authorization", "Basic %%%"),
    ] {
        let response = send(request).await;
        assert_eq!(response.status, 401);
        assert_eq!(response.body["error"], "invalid_client");
        assert_eq!(
            response.body["description"],
            response.body["error_description"]
        );
        assert!(response.body["description"].is_string());
        assert_eq!(response.header("ININ-Correlation-Id").len(), 36);
    }
}

#[tokio::test]
async fn another_grant_or_none_gets_no_token() {
    let emulator = started(1).await;
    for (form, error) in [
        ("grant_type=password", "unsupported_grant_type"),
        ("", "invalid_request"),
        ("grant=client_credentials", "invalid_request"),
    ] {
        let request = token_request(&emulator, form);
        let request = request.basic_auth(emulator.client_id(), Some(emulator.client_secret()));
        let response = send(request).await;
        assert_eq!(
            (response.status.as_u16(), &response.body["error"]),
            (400, &error.into())
        );
    }
}

#[tokio::test]
async fn the_client_is_derived_from_the_seed() {
    let start = async |seed| Emulator::builder().seed(seed).start().await.unwrap();
    let (one, again, other) = (start(1).await, start(1).await, start(2).await);
    assert_eq!(
        (one.client_id(), one.client_secret()),
        (again.client_id(), again.client_secret())
    );
    assert_ne!(one.client_id(), other.client_id());
    assert_ne!(one.client_secret(), other.client_secret());
}
