//! One attempt at a token, by the OAuth client credentials grant.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::decode::{self, Json};
use crate::error::{Error, ErrorKind};
use crate::fetch::auth::credentials::{ClientCredentials, fits_in_a_header};
use crate::fetch::deadline::Deadline;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::refusal;
use crate::fetch::transport::message::{Connection, Request, Response};
use crate::fetch::transport::settings::Timeouts;
use crate::fetch::transport::{self, Transport};

/// What the login service issued.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) token: SecretString,
    /// From the moment of the request; `None` if the service doesn't say.
    pub(crate) lifetime: Option<Duration>,
}

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
) -> Result<Grant, Failure> {
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
    if !fits_in_a_header(&response.access_token) {
        return Err(Failure::new(Cause::Login(ErrorKind::Login)));
    }
    Ok(Grant {
        token: response.access_token.into(),
        // Anything but a number of seconds says nothing: the token is used until it is refused.
        lifetime: response.expires_in.as_u64().map(Duration::from_secs),
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
