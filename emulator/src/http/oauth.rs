//! `POST /oauth/token`: the client credentials grant.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::admission::Tokens;

/// Returns status and body of the response to a token request.
pub(crate) fn token(tokens: &Tokens, headers: &HeaderMap, form: &[u8]) -> (StatusCode, Value) {
    if !is_client(tokens, headers) {
        let description = "client not found: its id or secret is invalid";
        return (
            StatusCode::UNAUTHORIZED,
            error("invalid_client", description),
        );
    }
    match form_urlencoded::parse(form).find(|(name, _)| name == "grant_type") {
        Some((_, grant)) if grant == "client_credentials" => {
            let body = json!({
                "access_token": tokens.issue(Instant::now()),
                "token_type": "bearer",
                "expires_in": tokens.lifetime.as_secs(),
            });
            (StatusCode::OK, body)
        }
        Some(_) => {
            let description = "the only grant_type here is client_credentials";
            (
                StatusCode::BAD_REQUEST,
                error("unsupported_grant_type", description),
            )
        }
        None => (
            StatusCode::BAD_REQUEST,
            error("invalid_request", "grant_type is missing"),
        ),
    }
}

/// Returns what follows the scheme in `Authorization`, if it is this scheme.
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (actual, rest) = value.split_once(' ')?;
    Some(rest.trim()).filter(|_| actual.eq_ignore_ascii_case(scheme))
}

fn is_client(tokens: &Tokens, headers: &HeaderMap) -> bool {
    let expected = format!("{}:{}", tokens.client_id, tokens.client_secret);
    credentials(headers, "basic")
        .and_then(|text| STANDARD.decode(text).ok())
        .is_some_and(|text| text == expected.as_bytes())
}

fn error(error: &str, description: &str) -> Value {
    json!({ "error": error, "description": description, "error_description": description })
}
