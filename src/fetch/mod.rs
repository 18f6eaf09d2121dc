//! One cursor in, one page out. Here, and only here, the layers are put together:
//!
//! ```text
//! page ─► retry ─► auth (token) ─► limit (permit) ─► transport ─► (wire)
//!   ▲                                                    │
//!   └── decode ◄──── complete response ◄─────────────────┘
//! ```
//!
//! Retries are outside the limit, so that every attempt takes a permit. The token comes before the
//! permit, so that no login delays a request after its permit was taken. `endpoint` builds the URL,
//! `deadline` limits the time over all attempts, `failure` and `refusal` describe failed ones.

pub(crate) mod auth;
pub(crate) mod deadline;
pub(crate) mod endpoint;
mod error;
pub(crate) mod failure;
pub(crate) mod limit;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod task;
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
use deadline::Deadline;
use endpoint::{Endpoint, PageSizeParameter, Query, below};
use error::request_error;
use failure::{Cause, Failure};
use limit::Limiter;
use limit::activity::Activity;
use retry::budget::Budget;
use retry::pauses::Pauses;
use retry::policy::RetryPolicy;
use retry::waits::RetryWaits;
use retry::{Attempt, GaveUp, Patience};
use transport::Transport;
use transport::message::{Request, Response};
use transport::settings::Timeouts;

/// What all streams of one client share.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) auth: Auth,
    pub(crate) limiter: Limiter,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) pauses: Pauses,
    pub(crate) timeouts: Timeouts,
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
        let patience = if query.follows {
            Patience::Outlast
        } else {
            Patience::Policy
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
            async move { fetcher.fetch_session(id, patience).await }.boxed()
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
    ) -> Result<T, Failure> {
        let Attempt {
            number,
            deadline,
            connection,
        } = attempt;
        let mut queued = Duration::ZERO;
        self.token(&deadline).await?;
        let token = loop {
            let (permit, waited) = deadline.stopped_during(self.limiter.acquire()).await;
            queued += waited;
            let token = self.token(&deadline).await?;
            if !permit.is_void() {
                break token;
            }
        };
        self.counters.attempt(queued);
        let span = debug_span!(
            "attempt",
            attempt = number,
            queued_ms = queued.as_millis(),
            status = field::Empty,
            correlation_id = field::Empty,
        );
        let request = Request::Get {
            url: url.clone(),
            token: &token.secret,
            connection,
        };
        self.request(request, &token, &deadline, read)
            .instrument(span)
            .await
    }

    /// Returns the token, if one is available in time.
    async fn token(self: &Arc<Self>, deadline: &Deadline) -> Result<Arc<Token>, Failure> {
        let token = self
            .auth
            .token(|client| Arc::clone(self).log_in(client).boxed());
        match timeout(deadline.time_left(), token).await {
            Ok(token) => token.map_err(Failure::from_login),
            Err(_) => Err(Failure::new(Cause::Login(ErrorKind::Timeout))),
        }
    }

    /// Logs in, retrying as the policy allows.
    async fn log_in(self: Arc<Self>, client: ClientCredentials) -> Result<Grant, Error> {
        let url = below(&self.login, "/oauth/token");
        let attempt = async |attempt: Attempt| {
            self.counters.token_request();
            let (connection, deadline) = (attempt.connection, &attempt.deadline);
            let (transport, timeouts) = (&*self.transport, &self.timeouts);
            login::log_in(transport, &url, &client, connection, timeouts, deadline).await
        };
        retry::run(
            &self.retry,
            &self.budget,
            &self.retry_waits,
            Patience::Policy,
            attempt,
        )
        .instrument(debug_span!("login"))
        .await
        .map_err(|gave_up| {
            let reason = gave_up.reason.describe();
            login::error(gave_up.failure, gave_up.attempts, reason)
        })
    }

    async fn request<T>(
        &self,
        request: Request<'_>,
        token: &Arc<Token>,
        deadline: &Deadline,
        read: impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, Failure> {
        let sent = Instant::now();
        let Response {
            status,
            headers,
            body,
        } = transport::attempt(&*self.transport, request, &self.timeouts, deadline).await?;
        let correlation_id = refusal::correlation_id(&headers);
        let span = Span::current();
        span.record("status", status.as_u16());
        span.record("correlation_id", correlation_id.as_deref());
        if !status.is_success() {
            let refusal = refusal::refusal(status.as_u16(), &headers, &body);
            return Err(self.refused(refusal, status.as_u16(), token));
        }
        self.pauses.succeeded(sent);
        let answer = ServiceAnswer {
            status: Some(status.as_u16()),
            correlation_id,
            ..ServiceAnswer::default()
        };
        if body.trim_ascii().is_empty() {
            return Err(Failure::new(Cause::EmptyBody).with_answer(answer));
        }
        read(&body).map_err(|error| {
            let cause = match error {
                ListingError::Torn(_) => Cause::Torn,
                ListingError::Json(_) | ListingError::Unmarked => Cause::UnexpectedBody,
                ListingError::TooMany(_) => Cause::TooLarge,
            };
            Failure::new(cause).with_source(error).with_answer(answer)
        })
    }

    /// Makes a failure of a refusal. A 429 pauses all requests of the client, and a 401 has the token
    /// replaced.
    fn refused(&self, answer: ServiceAnswer, status: u16, token: &Arc<Token>) -> Failure {
        let cause = match status {
            401 if self.auth.reject(token) => Cause::TokenRejected,
            status => Cause::Status(status),
        };
        let mut failure = Failure::new(cause);
        if status == 429 {
            let longest = self.retry.max_retry_after;
            failure.pause = self.pauses.after_429(answer.retry_after, longest);
        }
        if let Some(pause) = failure.pause {
            self.limiter.pause_for(pause.left);
        }
        failure.with_answer(answer)
    }
}
