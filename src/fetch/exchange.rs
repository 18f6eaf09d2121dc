//! One attempt: token, permit, request, response.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use url::Url;

use crate::decode::ListingError;
use crate::error::{ErrorKind, ServiceAnswer};
use crate::fetch::auth::Auth;
use crate::fetch::auth::token::Token;
use crate::fetch::deadline::Deadline;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::limit::permit::Permit;
use crate::fetch::limit::quota::Quota;
use crate::fetch::refusal;
use crate::fetch::retry::Attempt;
use crate::fetch::retry::pause_after_429::Pauses;
use crate::fetch::service_clock::ServiceClock;
use crate::fetch::trace::{self, Sending};
use crate::fetch::transport::message::{Request, Response};
use crate::fetch::transport::settings::Timeouts;
use crate::fetch::transport::{self, Transport};
use crate::stats::Counters;

/// After a permit that can't be used, before the next one is requested.
const UNUSABLE_PERMIT_WAIT: Duration = Duration::from_millis(10);

/// What is requested of the API.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// Its path, with a placeholder in place of an id.
    pub(crate) template: &'static str,
    /// The query in JSON if it is a `POST`.
    pub(crate) query: Option<String>,
    /// How large the response is likely to be.
    pub(crate) likely_size: usize,
}

/// What an attempt goes through.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) auth: Auth,
    pub(crate) quota: Arc<dyn Quota>,
    pub(crate) pauses: Pauses,
    pub(crate) timeouts: Timeouts,
    /// The longest wait named by the service that pauses all requests.
    pub(crate) longest_pause: Duration,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: ServiceClock,
}

impl Exchange {
    /// Makes one attempt. Returns what was read, and how long the request took.
    pub(crate) async fn attempt<T>(
        &self,
        target: &Target,
        attempt: Attempt,
        read: &impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<(T, Duration), Failure> {
        let Attempt {
            number,
            deadline,
            connection,
        } = attempt;
        let (token, permit, queued) = self.admit(&deadline).await?;
        self.counters.attempt(queued);
        let url = target.url.clone();
        let (method, request) = match target.query.clone() {
            None => {
                let request = Request::Get {
                    url,
                    token: token.secret(),
                    connection,
                    likely_size: target.likely_size,
                };
                ("GET", request)
            }
            Some(body) => {
                let request = Request::Query {
                    url,
                    body,
                    token: token.secret(),
                    connection,
                };
                ("POST", request)
            }
        };
        let sent = Instant::now();
        let result = self.request(request, &token, permit, &deadline, read);
        let sending = Sending {
            method,
            template: target.template,
            url: &target.url,
            attempt: number,
        };
        let result = trace::request(sending, result).await?;
        Ok((result, sent.elapsed()))
    }

    /// Waits until a request may be sent: token first, then permit. Returns how long the permit took.
    ///
    /// In the poll that returns, the token is current, the permit valid and no pause is on. If the wait for
    /// the permit outlived the token, or the next login the permit, the request queues again.
    async fn admit(&self, deadline: &Deadline) -> Result<(Arc<Token>, Permit, Duration), Failure> {
        let mut queued = Duration::ZERO;
        self.token(deadline).await?;
        loop {
            let (permit, waited) = deadline.stopped_during(self.quota.permit()).await;
            queued += waited;
            let permit = permit.map_err(Failure::from_quota)?;
            let token = self.token(deadline).await?;
            let is_paused = self.quota.activity().is_paused();
            if permit.is_valid() && self.auth.is_current(&token) && !is_paused {
                return Ok((token, permit, queued));
            }
            drop(permit);
            if deadline.time_left().is_zero() {
                return Err(Failure::new(Cause::Quota(ErrorKind::Timeout)));
            }
            // A quota that grants only such permits must not keep a processor busy.
            sleep(UNUSABLE_PERMIT_WAIT).await;
        }
    }

    /// Returns the token, if one is available in time.
    async fn token(&self, deadline: &Deadline) -> Result<Arc<Token>, Failure> {
        match timeout(deadline.time_left(), self.auth.token()).await {
            Ok(token) => token.map_err(Failure::from_login),
            Err(_) => Err(Failure::new(Cause::Login(ErrorKind::Timeout))),
        }
    }

    async fn request<T>(
        &self,
        request: Request<'_>,
        token: &Arc<Token>,
        mut permit: Permit,
        deadline: &Deadline,
        read: impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, Failure> {
        let sent = Instant::now();
        permit.sent();
        let Response {
            status,
            headers,
            body,
        } = transport::attempt(&*self.transport, request, &self.timeouts, deadline).await?;
        permit.answered();
        self.clock.observe(&headers);
        let correlation_id = refusal::correlation_id(&headers);
        trace::responded(status.as_u16(), correlation_id.as_deref());
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
                ListingError::Json(_)
                | ListingError::Malformed(_)
                | ListingError::Unmarked
                | ListingError::NoConversations => Cause::UnexpectedBody,
                ListingError::TooMany(_) => Cause::TooLarge,
            };
            Failure::new(cause).with_source(error).with_answer(answer)
        })
    }

    /// Makes a failure of a refusal. A 429 pauses all requests of the client, and a 401 has the token
    /// replaced.
    fn refused(&self, answer: ServiceAnswer, status: u16, token: &Arc<Token>) -> Failure {
        let cause = match status {
            401 if self.auth.reject(token, &answer) => Cause::TokenRejected,
            status => Cause::Status(status),
        };
        let mut failure = Failure::new(cause);
        if status == 429 {
            failure.pause = self
                .pauses
                .after_429(answer.retry_after, self.longest_pause);
        }
        if let Some(pause) = failure.pause {
            self.quota.pause(pause.left);
        }
        failure.with_answer(answer)
    }
}
