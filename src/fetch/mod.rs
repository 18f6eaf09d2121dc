//! One cursor in, one page out. Here, and only here, the layers are put together:
//! retry around (token, permit, transport, decode).

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
use crate::decode::{self, Listing, NotAListing};
use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::fetch::auth::{Auth, Token};
use crate::fetch::endpoint::{PageSizeParameter, Query, below};
use crate::fetch::failure::{Cause, Fault};
use crate::fetch::limit::Limiter;
use crate::fetch::limit::activity::{Activity, RetryBoard};
use crate::fetch::retry::budget::Budget;
use crate::fetch::retry::policy::RetryPolicy;
use crate::fetch::retry::{Attempt, GaveUp, Tried};
use crate::fetch::transport::{Answer, Request, Transport};
use crate::model::Session;
use crate::position::cursor::Cursor;
use crate::stats::Counters;

/// Everything that the streams of one client share.
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
    pub(crate) retrying: RetryBoard,
}

impl Fetcher {
    /// Fetches the page at a cursor, trying as often as the policy allows.
    ///
    /// `number` counts the pages of the walk from 1, for traces and errors.
    pub(crate) async fn page<T: Entity>(
        self: &Arc<Self>,
        query: &Query,
        cursor: Option<&Cursor>,
        number: u64,
    ) -> Result<Listing<T>, Error> {
        let url = query.url(&self.api, self.page_size, cursor);
        let span = debug_span!("page", session = query.of.id(), page = number);
        let read = |body: &[u8]| {
            let listing: Listing<T> = decode::listing(body)?;
            self.counters.page(listing.entities.len(), body.len());
            Ok(listing)
        };
        retry::run(&self.retry, &self.budget, &self.retrying, |attempt| {
            self.try_get(&url, attempt, &read)
        })
        .instrument(span)
        .await
        .map_err(|gave_up| {
            let what = format!("page {number} of {}", query.of);
            request_error(gave_up, &what, cursor.is_some())
        })
    }

    /// Fetches what the service says of a session, under the same policy and quota as a page.
    pub(crate) async fn session(self: &Arc<Self>, id: &str) -> Result<Session, Error> {
        let url = below(&self.api, &format!("/api/v2/journey/sessions/{id}"));
        let span = debug_span!("session", session = id);
        retry::run(&self.retry, &self.budget, &self.retrying, |attempt| {
            self.try_get(&url, attempt, &decode::single::<Session>)
        })
        .instrument(span)
        .await
        .map_err(|gave_up| request_error(gave_up, &format!("session {id}"), false))
    }

    /// What requests wait for: the wait that holds back all of them first.
    pub(crate) fn activity(&self) -> Activity {
        let mut activity = self.limiter.activity();
        activity.waiting = activity.waiting.or_else(|| self.retrying.waiting());
        activity
    }

    /// One attempt. The token comes first: a login under a permit would send the request long after
    /// the moment for which the permit was given. It is looked at again behind the queue, where the
    /// wait may have outlived it; if the login for another one takes too long for the permit, the
    /// request queues again.
    async fn try_get<T>(
        self: &Arc<Self>,
        url: &Url,
        attempt: Attempt,
        read: &impl Fn(&[u8]) -> Result<T, NotAListing>,
    ) -> Tried<T> {
        let start = Instant::now();
        let mut queued = Duration::ZERO;
        let time_left = |queued| {
            let spent = start.elapsed().saturating_sub(queued);
            attempt.time_left.saturating_sub(spent)
        };
        let no_token = |fault, queued| Tried {
            result: Err(fault),
            queued,
        };
        if let Err(fault) = self.token(attempt.time_left).await {
            return no_token(fault, queued);
        }
        let token = loop {
            let permit = self.limiter.acquire().await;
            queued += permit.queued;
            match self.token(time_left(queued)).await {
                Ok(_) if permit.is_void() => {}
                Ok(token) => break token,
                Err(fault) => return no_token(fault, queued),
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
        let limit = self.attempt_timeout.min(time_left(queued));
        let result = self.ask(url, &token, limit, read).instrument(span).await;
        Tried { result, queued }
    }

    /// The token, if it can be had in time.
    async fn token(self: &Arc<Self>, time_left: Duration) -> Result<Arc<Token>, Fault> {
        let token = self
            .auth
            .token(|client| Arc::clone(self).log_in(client).boxed());
        match timeout(time_left, token).await {
            Ok(token) => token.map_err(Fault::from_login),
            Err(_) => Err(Fault::new(Cause::Login(ErrorKind::Timeout))),
        }
    }

    async fn ask<T>(
        &self,
        url: &Url,
        token: &Arc<Token>,
        limit: Duration,
        read: impl Fn(&[u8]) -> Result<T, NotAListing>,
    ) -> Result<T, Fault> {
        let request = Request::Page {
            url: url.clone(),
            token: &token.secret,
        };
        let Answer {
            status,
            headers,
            body,
        } = self.send(request, limit).await?;
        let correlation_id = refusal::correlation_id(&headers);
        let span = Span::current();
        span.record("status", status.as_u16());
        span.record("correlation_id", correlation_id.as_deref());
        if !status.is_success() {
            let refusal = refusal::refusal(status.as_u16(), &headers, &body);
            return Err(self.refused(refusal, status.as_u16(), token));
        }
        read(&body).map_err(|why| {
            let cause = match why {
                NotAListing::Torn(_) => Cause::Torn,
                NotAListing::Json(_) | NotAListing::Unmarked => Cause::NotAListing,
                NotAListing::TooMany(_) => Cause::TooLarge,
            };
            let status = Some(status.as_u16());
            let answer = ServiceAnswer {
                status,
                correlation_id,
                ..ServiceAnswer::default()
            };
            Fault::new(cause).with_source(why).with_answer(answer)
        })
    }

    /// A refusal, and what it means for the others who share the client.
    fn refused(&self, answer: ServiceAnswer, status: u16, token: &Arc<Token>) -> Fault {
        let cause = match status {
            401 if self.auth.reject(token) => Cause::TokenRejected,
            status => Cause::Status(status),
        };
        let mut fault = Fault::new(cause);
        if status == 429 {
            let wait = answer.retry_after.unwrap_or(self.retry.base_delay);
            if wait <= self.retry.max_retry_after {
                fault.joins_pause = self.limiter.pause_for(wait);
            }
        }
        fault.with_answer(answer)
    }

    pub(crate) async fn send(
        &self,
        request: Request<'_>,
        limit: Duration,
    ) -> Result<Answer, Fault> {
        match timeout(limit, self.transport.send(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::new(Cause::Timeout)),
        }
    }
}

fn request_error(gave_up: GaveUp, of: &str, has_cursor: bool) -> Error {
    let GaveUp {
        fault,
        attempts,
        why,
    } = gave_up;
    let (kind, what) = match fault.cause {
        Cause::Status(400) if has_cursor => (
            ErrorKind::CursorRejected,
            "the service does not accept the cursor",
        ),
        cause => cause.describe(),
    };
    let what = fault.words.as_deref().unwrap_or(what);
    let message = format!("{of}: {what}{}", why.describe());
    fault.into_error(kind, message, attempts)
}
