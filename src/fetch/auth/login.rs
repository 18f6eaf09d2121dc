//! One attempt at a token, by the OAuth client credentials grant.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use crate::decode::{self, Json};
use crate::error::{Error, ErrorKind};
use crate::fetch::auth::credentials::ClientCredentials;
use crate::fetch::auth::token::AccessToken;
use crate::fetch::deadline::Deadline;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::refusal;
use crate::fetch::trace;
use crate::fetch::transport::message::{Connection, Request, Response};
use crate::fetch::transport::settings::Timeouts;
use crate::fetch::transport::{self, Transport};

/// The path below the login service's base URL.
pub(crate) const PATH: &str = "/oauth/token";

/// The login service's response.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    #[serde(default)]
    expires_in: Json,
}

/// Requests a token once.
pub(crate) async fn log_in(
    transport: &dyn Transport,
    url: &Url,
    client: &ClientCredentials,
    connection: Connection,
    timeouts: &Timeouts,
    deadline: &Deadline,
) -> Result<AccessToken, Failure> {
    let requested = Instant::now();
    let request = Request::Token {
        url: url.clone(),
        client_id: &client.id,
        client_secret: &client.secret,
        connection,
    };
    let Response {
        status,
        headers,
        body,
    } = transport::attempt(transport, request, timeouts, deadline).await?;
    let correlation_id = refusal::correlation_id(&headers);
    trace::responded(status.as_u16(), correlation_id.as_deref());
    if !status.is_success() {
        let refusal = refusal::refusal(status.as_u16(), &headers, &body);
        return Err(Failure::new(Cause::Status(status.as_u16())).with_answer(refusal));
    }
    let response: TokenResponse = decode::value(&body).map_err(|error| {
        let cause = if error.is_early_end() {
            Cause::Torn
        } else {
            Cause::Login(ErrorKind::Login)
        };
        Failure::new(cause).with_source(error)
    })?;
    let token = AccessToken::new(response.access_token).issued_at(requested);
    // Anything but a number of seconds says nothing.
    Ok(match response.expires_in.as_u64() {
        Some(seconds) => token.expires_in(Duration::from_secs(seconds)),
        None => token,
    })
}

/// The error of the last attempt; `reason` says why it was the last.
pub(crate) fn error(failure: Failure, attempts: u32, reason: &str) -> Error {
    let kind = match failure.cause.kind() {
        // What these say of a page doesn't hold for a login.
        ErrorKind::InvalidInput
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Rejected
        | ErrorKind::UnexpectedResponse => ErrorKind::Login,
        kind => kind,
    };
    failure.into_error(kind, format!("login failed{reason}"), attempts)
}
