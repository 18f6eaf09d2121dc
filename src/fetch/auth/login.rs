//! A token from the login service, by the OAuth client credentials grant.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tracing::{Instrument, debug_span};
use url::Url;

use crate::decode::error::JsonFault;
use crate::error::{Error, ErrorKind};
use crate::fetch::Fetcher;
use crate::fetch::auth::{ClientCredentials, Grant, stands_in_a_header};
use crate::fetch::endpoint::below;
use crate::fetch::failure::{Cause, Fault};
use crate::fetch::refusal;
use crate::fetch::retry::{self, Attempt, GaveUp, Tried};
use crate::fetch::transport::{Answer, Request};

impl Fetcher {
    /// Asks the login service for a token, trying as often as the policy allows.
    pub(crate) async fn log_in(self: Arc<Self>, client: ClientCredentials) -> Result<Grant, Error> {
        let url = below(&self.login, "/oauth/token");
        retry::run(&self.retry, &self.budget, &self.retrying, |attempt| {
            self.try_login(&url, &client, attempt)
        })
        .instrument(debug_span!("login"))
        .await
        .map_err(login_error)
    }

    async fn try_login(
        &self,
        url: &Url,
        client: &ClientCredentials,
        attempt: Attempt,
    ) -> Tried<Grant> {
        self.counters.token_request();
        let limit = self.attempt_timeout.min(attempt.time_left);
        let result = self.ask_for_token(url, client, limit).await;
        Tried {
            result,
            queued: Duration::ZERO,
        }
    }

    async fn ask_for_token(
        &self,
        url: &Url,
        client: &ClientCredentials,
        limit: Duration,
    ) -> Result<Grant, Fault> {
        #[derive(Deserialize)]
        struct TokenAnswer {
            access_token: String,
            #[serde(default)]
            expires_in: serde_json::Value,
        }

        let request = Request::Token {
            url: url.clone(),
            client_id: &client.id,
            client_secret: &client.secret,
        };
        let Answer {
            status,
            headers,
            body,
        } = self.send(request, limit).await?;
        if !status.is_success() {
            let refusal = refusal::refusal(status.as_u16(), &headers, &body);
            return Err(Fault::new(Cause::Status(status.as_u16())).with_answer(refusal));
        }
        let grant: TokenAnswer = serde_json::from_slice(&body).map_err(|error| {
            let cause = if error.is_eof() {
                Cause::Torn
            } else {
                Cause::Login(ErrorKind::Login)
            };
            Fault::new(cause).with_source(JsonFault::from(error))
        })?;
        if !stands_in_a_header(&grant.access_token) {
            return Err(Fault::new(Cause::Login(ErrorKind::Login)));
        }
        Ok(Grant {
            token: grant.access_token.into(),
            // What is no number of seconds says nothing: the token is used until it is refused.
            lifetime: grant.expires_in.as_u64().map(Duration::from_secs),
        })
    }
}

fn login_error(
    GaveUp {
        fault,
        attempts,
        why,
    }: GaveUp,
) -> Error {
    let kind = match fault.cause.describe().0 {
        // What these say of a page does not hold for a login.
        ErrorKind::InvalidInput
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Rejected
        | ErrorKind::UnexpectedAnswer => ErrorKind::Login,
        kind => kind,
    };
    fault.into_error(kind, format!("login failed{}", why.describe()), attempts)
}
