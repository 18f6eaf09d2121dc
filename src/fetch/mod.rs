//! One cursor in, one page out. Here, and only here, the layers are put together:
//!
//! ```text
//! page ─► retry ─► auth (token) ─► limit (permit) ─► transport ─► (wire)
//!   ▲                                                    │
//!   └── decode ◄──── complete response ◄─────────────────┘
//! ```
//!
//! Retries are outside the limit, so that every attempt takes a permit. The token comes before the
//! permit, so that no login delays a request after its permit was taken. A login with client credentials
//! (`client_login`) is retried like a page, in a task that `auth` runs. `endpoint` builds the URL;
//! `failure` and `refusal` are what a failed attempt leaves.

pub(crate) mod auth;
pub(crate) mod client_login;
pub(crate) mod endpoint;
pub(crate) mod failure;
pub(crate) mod limit;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod task;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span, debug_span, field};
use url::Url;

use crate::decode::entity::Entity;
use crate::decode::{self, Listing, ListingError};
use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::model::Session;
use crate::position::cursor::Cursor;
use crate::stats::Counters;
use auth::Auth;
use auth::credentials::Credentials;
use auth::token::Token;
use client_login::ClientLogin;
use endpoint::{Endpoint, PageSizeParameter, Query, below};
use failure::{Cause, Failure};
use limit::activity::Activity;
use limit::permit::Permit;
use limit::quota::Quota;
use retry::budget::Budget;
use retry::policy::RetryPolicy;
use retry::waits::RetryWaits;
use retry::{Attempt, AttemptOutcome, GaveUp, Patience};
use transport::Transport;
use transport::message::{Request, Response};

/// What all streams of one client share.
#[derive(Debug)]
pub(crate) struct Fetcher {
    transport: Arc<dyn Transport>,
    auth: Auth,
    quota: Arc<dyn Quota>,
    retry: RetryPolicy,
    budget: Arc<Budget>,
    attempt_timeout: Duration,
    pub(crate) api: Url,
    page_size: PageSizeParameter,
    pub(crate) counters: Arc<Counters>,
    retry_waits: Arc<RetryWaits>,
}

/// What a client is configured with. All of it is checked.
pub(crate) struct FetchSettings {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) credentials: Credentials,
    pub(crate) quota: Arc<dyn Quota>,
    pub(crate) retry: RetryPolicy,
    pub(crate) attempt_timeout: Duration,
    pub(crate) api: Url,
    pub(crate) login: Url,
    pub(crate) page_size: PageSizeParameter,
}

impl Fetcher {
    pub(crate) fn new(settings: FetchSettings) -> Self {
        let FetchSettings {
            transport,
            credentials,
            quota,
            retry,
            attempt_timeout,
            api,
            login,
            page_size,
        } = settings;
        let budget = Arc::new(Budget::new(retry.budget));
        let (retry_waits, counters) = <(Arc<RetryWaits>, Arc<Counters>)>::default();
        let cached = |source| Auth::cached(source, retry.page_deadline);
        let auth = match credentials {
            Credentials::AccessToken(token) => Auth::fixed(token),
            Credentials::Source(source) => cached(source),
            Credentials::Client(client) => cached(Arc::new(ClientLogin {
                transport: Arc::clone(&transport),
                url: below(&login, "/oauth/token"),
                client,
                attempt_timeout,
                retry,
                budget: Arc::clone(&budget),
                waits: Arc::clone(&retry_waits),
                counters: Arc::clone(&counters),
            })),
        };
        Self {
            transport,
            auth,
            quota,
            retry,
            budget,
            attempt_timeout,
            api,
            page_size,
            counters,
            retry_waits,
        }
    }

    /// Fetches the page at a cursor, retrying as the policy allows.
    ///
    /// `number` counts the pages of the walk from 1, for traces and errors.
    pub(crate) async fn page<T: Entity>(
        self: &Arc<Self>,
        query: &Query,
        cursor: Option<&Cursor>,
        number: u64,
    ) -> Result<(Listing<T>, Duration), Error> {
        let start = Instant::now();
        let endpoint = &query.endpoint;
        let url = query.url(&self.api, self.page_size, cursor);
        let span = debug_span!("page", session = endpoint.id(), page = number);
        let read = |body: &[u8]| {
            let listing: Listing<T> = decode::listing(body)?;
            self.counters.page(listing.entities.len(), body.len());
            Ok(listing)
        };
        let patience = match query.follows {
            true => Patience::Outlast,
            false => Patience::Policy,
        };
        let listing = self.get(&url, patience, &read).instrument(span).await;
        let listing = listing.map_err(|gave_up| {
            let of = format!("page {number} of {endpoint}");
            request_error(gave_up, endpoint, &of, cursor.is_some())
        })?;
        Ok((listing, start.elapsed()))
    }

    /// Fetches a session's description under the same quota as a page, in a task of its own.
    pub(crate) async fn session(
        self: &Arc<Self>,
        id: &str,
        patience: Patience,
    ) -> Result<Session, Error> {
        let make = || {
            let (fetcher, id) = (Arc::clone(self), id.to_owned());
            Box::pin(async move { fetcher.fetch_session(id, patience).await }) as BoxFuture<_>
        };
        task::run(make).await?
    }

    async fn fetch_session(
        self: &Arc<Self>,
        id: String,
        patience: Patience,
    ) -> Result<Session, Error> {
        let span = debug_span!("session", session = id);
        let endpoint = Endpoint::Session(id);
        let url = endpoint.url(&self.api);
        self.get(&url, patience, &decode::single::<Session>)
            .instrument(span)
            .await
            .map_err(|gave_up| request_error(gave_up, &endpoint, &endpoint.to_string(), false))
    }

    async fn get<T>(
        self: &Arc<Self>,
        url: &Url,
        patience: Patience,
        read: &impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, GaveUp> {
        let attempt = |attempt| self.try_get(url, attempt, read);
        retry::run(
            &self.retry,
            &self.budget,
            &self.retry_waits,
            patience,
            attempt,
        )
        .await
    }

    /// What requests are waiting for; a wait that holds up all of them takes precedence.
    pub(crate) fn activity(&self) -> Activity {
        let mut activity = self.quota.activity();
        activity.waiting = activity.waiting.or_else(|| self.retry_waits.waiting());
        activity
    }

    /// Makes one attempt.
    ///
    /// The token is checked again after the wait for the permit, which may have outlived it. If the
    /// login for another one takes too long for the permit, or a pause has begun, the request queues
    /// again. Between these checks and the first poll of the request nothing is awaited.
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
        let not_sent = |failure, queued| AttemptOutcome {
            result: Err(failure),
            queued,
        };
        if let Err(failure) = self.token(attempt.time_left).await {
            return not_sent(failure, queued);
        }
        let (token, permit) = loop {
            let queued_since = Instant::now();
            let permit = self.quota.permit().await;
            queued += queued_since.elapsed();
            let permit = match permit {
                Ok(permit) => permit,
                Err(error) => return not_sent(Failure::from_quota(error), queued),
            };
            match self.token(time_left(queued)).await {
                Ok(token)
                    if permit.is_valid()
                        && self.auth.is_current(&token)
                        && !self.quota.activity().is_paused() =>
                {
                    break (token, permit);
                }
                // Not in this poll: a quota that grants only such permits must not block its thread.
                Ok(_) => tokio::task::yield_now().await,
                Err(failure) => return not_sent(failure, queued),
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
        let result = self.request(url, &token, permit, time_allowed, read);
        let result = result.instrument(span).await;
        AttemptOutcome { result, queued }
    }

    /// Returns the token, if one is available in time.
    async fn token(&self, time_left: Duration) -> Result<Arc<Token>, Failure> {
        match timeout(time_left, self.auth.token()).await {
            Ok(token) => token.map_err(Failure::from_login),
            Err(_) => Err(Failure::new(Cause::Login(ErrorKind::Timeout))),
        }
    }

    async fn request<T>(
        &self,
        url: &Url,
        token: &Arc<Token>,
        mut permit: Permit,
        time_allowed: Duration,
        read: impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, Failure> {
        let request = Request::Get {
            url: url.clone(),
            token: token.secret(),
        };
        permit.sent();
        let Response {
            status,
            headers,
            body,
        } = transport::attempt(&*self.transport, request, time_allowed).await?;
        permit.answered();
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
                ListingError::Json(_) | ListingError::Unmarked => Cause::UnexpectedBody,
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
            401 if self.auth.reject(token, &answer) => Cause::TokenRejected,
            status => Cause::Status(status),
        };
        let mut failure = Failure::new(cause);
        if status == 429 {
            let wait = answer.retry_after.unwrap_or(self.retry.base_delay);
            if wait <= self.retry.max_retry_after {
                failure.joined_pause = self.quota.activity().is_paused();
                self.quota.pause(wait);
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
