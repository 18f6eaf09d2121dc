//! One cursor in, one page out. Here, and only here, the layers are put together:
//!
//! ```text
//! page ─► retry ─► auth (token) ─► limit (permit) ─► transport ─► (wire)
//!   ▲                                                    │
//!   └── decode ◄──── complete response ◄─────────────────┘
//! ```
//!
//! Retries are outside the limit, so that every attempt takes a permit. The token comes before the
//! permit, so that no login delays a request after its permit was taken. `endpoint` builds the URL;
//! `failure` and `refusal` are what a failed attempt leaves.

pub(crate) mod auth;
pub(crate) mod endpoint;
pub(crate) mod failure;
pub(crate) mod limit;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span, debug_span, field};
use url::Url;

use crate::decode::entity::Entity;
use crate::decode::{self, Listing, ListingError};
use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::model::Session;
use crate::position::cursor::Cursor;
use crate::stats::Counters;
use auth::credentials::ClientCredentials;
use auth::login::{self, Grant};
use auth::{Auth, Token};
use endpoint::{Endpoint, PageSizeParameter, Query, below};
use failure::{Cause, Failure};
use limit::Limiter;
use limit::activity::Activity;
use retry::budget::Budget;
use retry::policy::RetryPolicy;
use retry::waits::RetryWaits;
use retry::{Attempt, AttemptOutcome, GaveUp};
use transport::Transport;
use transport::message::{Request, Response};

/// What all streams of one client share.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) auth: Auth,
    pub(crate) limiter: Limiter,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) attempt_timeout: Duration,
    pub(crate) api: Url,
    pub(crate) login: Url,
    pub(crate) page_size: PageSizeParameter,
    pub(crate) counters: Counters,
    pub(crate) retry_waits: RetryWaits,
}

impl Fetcher {
    /// Fetches the page at a cursor, retrying as the policy allows.
    ///
    /// `number` counts the pages of the walk from 1, for traces and errors.
    pub(crate) async fn page<T: Entity>(
        self: &Arc<Self>,
        query: &Query,
        cursor: Option<&Cursor>,
        number: u64,
    ) -> Result<Listing<T>, Error> {
        let endpoint = &query.endpoint;
        let url = query.url(&self.api, self.page_size, cursor);
        let span = debug_span!("page", session = endpoint.id(), page = number);
        let read = |body: &[u8]| {
            let listing: Listing<T> = decode::listing(body)?;
            self.counters.page(listing.entities.len(), body.len());
            Ok(listing)
        };
        retry::run(&self.retry, &self.budget, &self.retry_waits, |attempt| {
            self.try_get(&url, attempt, &read)
        })
        .instrument(span)
        .await
        .map_err(|gave_up| {
            let of = format!("page {number} of {endpoint}");
            request_error(gave_up, endpoint, &of, cursor.is_some())
        })
    }

    /// Fetches a session's description under the same policy and quota as a page.
    pub(crate) async fn session(self: &Arc<Self>, id: &str) -> Result<Session, Error> {
        let endpoint = Endpoint::Session(id.to_owned());
        let url = endpoint.url(&self.api);
        let span = debug_span!("session", session = id);
        retry::run(&self.retry, &self.budget, &self.retry_waits, |attempt| {
            self.try_get(&url, attempt, &decode::single::<Session>)
        })
        .instrument(span)
        .await
        .map_err(|gave_up| request_error(gave_up, &endpoint, &endpoint.to_string(), false))
    }

    /// What requests are waiting for; a wait that holds up all of them takes precedence.
    pub(crate) fn activity(&self) -> Activity {
        let mut activity = self.limiter.activity();
        activity.waiting = activity.waiting.or_else(|| self.retry_waits.waiting());
        activity
    }

    /// Makes one attempt.
    ///
    /// The token is checked again after the wait for the permit, which may have outlived it. If the
    /// login for another one takes too long for the permit, the request queues again.
    async fn try_get<T>(
        self: &Arc<Self>,
        url: &Url,
        attempt: Attempt,
        read: &impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> AttemptOutcome<T> {
        let start = Instant::now();
        let mut queued = Duration::ZERO;
        let time_left = |queued| {
            let spent = start.elapsed().saturating_sub(queued);
            attempt.time_left.saturating_sub(spent)
        };
        let no_token = |failure, queued| AttemptOutcome {
            result: Err(failure),
            queued,
        };
        if let Err(failure) = self.token(attempt.time_left).await {
            return no_token(failure, queued);
        }
        let token = loop {
            let permit = self.limiter.acquire().await;
            queued += permit.queued;
            match self.token(time_left(queued)).await {
                Ok(_) if permit.is_void() => {}
                Ok(token) => break token,
                Err(failure) => return no_token(failure, queued),
            }
        };
        self.counters.attempt(queued);
        let span = debug_span!(
            "attempt",
            attempt = attempt.number,
            queued_ms = queued.as_millis(),
            status = field::Empty,
            correlation_id = field::Empty,
        );
        let time_allowed = self.attempt_timeout.min(time_left(queued));
        let result = self.get(url, &token, time_allowed, read);
        let result = result.instrument(span).await;
        AttemptOutcome { result, queued }
    }

    /// Returns the token, if one is available in time.
    async fn token(self: &Arc<Self>, time_left: Duration) -> Result<Arc<Token>, Failure> {
        let token = self
            .auth
            .token(|client| Arc::clone(self).log_in(client).boxed());
        match timeout(time_left, token).await {
            Ok(token) => token.map_err(Failure::from_login),
            Err(_) => Err(Failure::new(Cause::Login(ErrorKind::Timeout))),
        }
    }

    /// Logs in, retrying as the policy allows.
    async fn log_in(self: Arc<Self>, client: ClientCredentials) -> Result<Grant, Error> {
        let url = below(&self.login, "/oauth/token");
        let attempt = async |attempt: Attempt| {
            self.counters.token_request();
            let time_allowed = self.attempt_timeout.min(attempt.time_left);
            AttemptOutcome {
                result: login::log_in(&*self.transport, &url, &client, time_allowed).await,
                queued: Duration::ZERO,
            }
        };
        retry::run(&self.retry, &self.budget, &self.retry_waits, attempt)
            .instrument(debug_span!("login"))
            .await
            .map_err(|gave_up| {
                let reason = gave_up.reason.describe();
                login::error(gave_up.failure, gave_up.attempts, reason)
            })
    }

    async fn get<T>(
        &self,
        url: &Url,
        token: &Arc<Token>,
        time_allowed: Duration,
        read: impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, Failure> {
        let request = Request::Get {
            url: url.clone(),
            token: &token.secret,
        };
        let Response {
            status,
            headers,
            body,
        } = transport::attempt(&*self.transport, request, time_allowed).await?;
        let correlation_id = refusal::correlation_id(&headers);
        let span = Span::current();
        span.record("status", status.as_u16());
        span.record("correlation_id", correlation_id.as_deref());
        if !status.is_success() {
            let refusal = refusal::refusal(status.as_u16(), &headers, &body);
            return Err(self.refused(refusal, status.as_u16(), token));
        }
        read(&body).map_err(|error| {
            let cause = match error {
                ListingError::Torn(_) => Cause::Torn,
                ListingError::Json(_) | ListingError::Malformed(_) | ListingError::Unmarked => {
                    Cause::UnexpectedBody
                }
                ListingError::TooMany(_) => Cause::TooLarge,
            };
            let answer = ServiceAnswer {
                status: Some(status.as_u16()),
                correlation_id,
                ..ServiceAnswer::default()
            };
            Failure::new(cause).with_source(error).with_answer(answer)
        })
    }

    /// A refusal, and what it means for everyone who shares the client.
    fn refused(&self, answer: ServiceAnswer, status: u16, token: &Arc<Token>) -> Failure {
        let cause = match status {
            401 if self.auth.reject(token) => Cause::TokenRejected,
            status => Cause::Status(status),
        };
        let mut failure = Failure::new(cause);
        if status == 429 {
            let wait = answer.retry_after.unwrap_or(self.retry.base_delay);
            if wait <= self.retry.max_retry_after {
                failure.joined_pause = self.limiter.pause_for(wait);
            }
        }
        failure.with_answer(answer)
    }
}

/// The error of the last attempt at `of`.
fn request_error(gave_up: GaveUp, endpoint: &Endpoint, of: &str, has_cursor: bool) -> Error {
    let GaveUp {
        failure,
        attempts,
        reason,
    } = gave_up;
    let (kind, description) = match failure.cause {
        Cause::Status(400) if has_cursor => {
            (ErrorKind::CursorRejected, "the service refused the cursor")
        }
        cause => (cause.kind(), cause.describe(endpoint)),
    };
    let description = failure.description.as_deref().unwrap_or(description);
    let message = format!("{of}: {description}{}", reason.describe());
    failure.into_error(kind, message, attempts)
}
