//! `POST /oauth/token`: the client credentials grant.

use axum::http::{HeaderMap, StatusCode};
use headers::HeaderMapExt as _;
use headers::authorization::{Authorization, Basic};
use serde_json::json;
use tokio::time::Instant;

use super::problem::Problem;
use crate::admission::Tokens;

/// Returns the response to a token request.
pub(crate) fn token(tokens: &Tokens, headers: &HeaderMap, form: &[u8]) -> Result<String, Problem> {
    let refused = |status, error, description| {
        Err(Problem::Login {
            status,
            error,
            description,
        })
    };
    let basic = headers.typed_get::<Authorization<Basic>>();
    let client = basic.and_then(|basic| tokens.client(basic.username(), basic.password()));
    let Some(client) = client else {
        let description = "client not found: its id or secret is invalid";
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", description);
    };
    match form_urlencoded::parse(form).find(|(name, _)| name == "grant_type") {
        Some((_, grant)) if grant == "client_credentials" => {
            let body = json!({
                "access_token": tokens.issue(client, Instant::now()),
                "token_type": "bearer",
                "expires_in": tokens.lifetime.as_secs(),
            });
            Ok(body.to_string())
        }
        Some(_) => {
            let description = "the only grant_type here is client_credentials";
            refused(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                description,
            )
        }
        None => refused(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "grant_type is missing",
        ),
    }
}
