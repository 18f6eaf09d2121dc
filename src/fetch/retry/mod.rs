//! Retries: the loop around an attempt.
//!
//! ```text
//! run ─► attempt ─► failure ─► retryable? ─► attempts left? deadline? budget? ─► backoff ─┐
//!  ▲                                                                                       │
//!  └───────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! `policy` holds the settings and `retryable` classifies failures. `backoff` and `pause_after_429` decide
//! how long to wait; the latter and `budget` are shared by all streams of a client. `waits` reports who
//! waits.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod pause_after_429;
pub(crate) mod policy;
pub(crate) mod retryable;
pub(crate) mod waits;

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tracing::debug;

use crate::error::{Error, ErrorKind};
use crate::fetch::deadline::Deadline;
use crate::fetch::failure::{Cause, Failure, PauseEntry};
use crate::fetch::trace::ErrorType;
use crate::fetch::transport::message::Connection;
use budget::Budget;
use policy::RetryPolicy;
use retryable::{Retryable, classify};
use waits::{RetryWait, RetryWaits};

/// What a retry takes from the budget after a failure, and after a 429: the weights of the "standard"
/// retry mode of the AWS SDKs. Requests that are throttled together pay once: they wait in the same
/// pause, so their retries add no load.
const FAILURE_COST: u32 = 14;
const THROTTLE_COST: u32 = 5;

/// After this wait a request that outlasts outages tries again, however long the service says.
const LONGEST_OUTLASTED: Duration = Duration::from_secs(3600);

/// How much a request puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As much as the policy allows.
    Policy,
    /// Any outage, outside the budget: what a following walk requests. Only an error that no wait cures
    /// ends it.
    Outlast,
}

/// What an attempt needs to know of those before it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The first is 1.
    pub(crate) number: u32,
    /// That of all attempts.
    pub(crate) deadline: Deadline,
    pub(crate) connection: Connection,
}

/// The last failure, and why it was the last.
pub(crate) struct GaveUp {
    pub(crate) failure: Failure,
    pub(crate) attempts: u32,
    pub(crate) reason: Reason,
}

/// Why no further attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Another attempt wouldn't help.
    Final,
    /// All attempts were used.
    Attempts,
    /// The client's retry budget is 0, so nothing is retried.
    Disabled,
    /// The client's retry budget is used up.
    Budget,
    /// The wait would end after the deadline.
    Deadline,
    /// The service names a longer wait than the policy allows.
    RetryAfter,
}

impl GaveUp {
    /// Whether every request of the client would fail for the same reason.
    fn concerns_client(&self) -> bool {
        matches!(self.reason, Reason::Budget | Reason::RetryAfter)
    }

    /// Makes an error whose text says why there was no further attempt.
    pub(crate) fn into_error(self, kind: ErrorKind, description: &str) -> Error {
        let message = format!("{description}{}", self.reason.describe());
        let concerns_client = self.concerns_client();
        let error = self.failure.into_error(kind, message, self.attempts);
        if concerns_client {
            error.concerning_client()
        } else {
            error
        }
    }
}

impl Reason {
    /// What the error's text adds.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Final | Self::Attempts | Self::Disabled => "",
            Self::Budget => "; the client's retry budget is used up",
            Self::Deadline => "; the deadline leaves no time for another attempt",
            Self::RetryAfter => "; the wait that the service requires is longer than allowed",
        }
    }
}

/// Retries until an attempt succeeds or no further one is allowed.
///
/// Dropping the future cancels it, also during a wait.
pub(crate) async fn run<T, F: Future<Output = Result<T, Failure>>>(
    policy: &RetryPolicy,
    budget: &Budget,
    waits: &RetryWaits,
    patience: Patience,
    mut attempt: impl FnMut(Attempt) -> F,
) -> Result<T, GaveUp> {
    let deadline = Deadline::new(policy.page_deadline);
    let mut retries = Retries::default();
    loop {
        let deadline = match patience {
            Patience::Policy => deadline.clone(),
            Patience::Outlast => Deadline::new(policy.page_deadline),
        };
        let number = retries.attempts + 1;
        let result = attempt(Attempt {
            number,
            deadline: deadline.clone(),
            connection: retries.connection,
        });
        let failure = match result.await {
            Ok(value) => {
                budget.put_back(retries.last_cost);
                return Ok(value);
            }
            Err(failure) => failure,
        };
        match retries.next(policy, budget, patience, &failure, deadline.time_left()) {
            Ok(wait) => {
                debug!(
                    "error.type" = %ErrorType(failure.cause),
                    attempt = number,
                    wait_ms = wait.as_millis(),
                    correlation_id = failure.answer.correlation_id,
                    "retrying"
                );
                let until = Instant::now() + wait;
                let _waiting = waits.begin(RetryWait {
                    status: failure.answer.status,
                    attempt: number + 1,
                    of: allowed_attempts(policy, failure.cause),
                    until,
                });
                sleep_until(until).await;
                deadline.exclude_stall(until);
            }
            Err(reason) => {
                return Err(GaveUp {
                    failure,
                    attempts: number,
                    reason,
                });
            }
        }
    }
}

/// How many attempts may fail for this kind of cause.
fn allowed_attempts(policy: &RetryPolicy, cause: Cause) -> u32 {
    match classify(cause) {
        Retryable::Throttled => policy.max_throttled_attempts,
        _ => policy.max_attempts,
    }
}

/// What has failed so far for one request.
#[derive(Debug, Default)]
struct Retries {
    attempts: u32,
    failures: u32,
    throttled: u32,
    retried_once: bool,
    token_replaced: bool,
    last_cost: Option<u32>,
    connection: Connection,
}

impl Retries {
    /// Counts a failure and returns the wait before the next attempt, or why there is none.
    fn next(
        &mut self,
        policy: &RetryPolicy,
        budget: &Budget,
        patience: Patience,
        failure: &Failure,
        time_left: Duration,
    ) -> Result<Duration, Reason> {
        self.attempts += 1;
        if matches!(failure.cause, Cause::Timeout | Cause::Torn) {
            self.connection = Connection::New;
        }
        let wait = match classify(failure.cause) {
            Retryable::No if patience == Patience::Outlast && is_outage(failure) => {
                self.after_failure(policy)
            }
            Retryable::No => return Err(Reason::Final),
            Retryable::WithNewToken if self.token_replaced => return Err(Reason::Final),
            Retryable::WithNewToken => {
                self.token_replaced = true;
                return Ok(Duration::ZERO);
            }
            Retryable::Once if self.retried_once && patience == Patience::Policy => {
                return Err(Reason::Attempts);
            }
            Retryable::Once => {
                self.retried_once = true;
                self.after_failure(policy)
            }
            Retryable::Yes => self.after_failure(policy),
            Retryable::Throttled => self.after_throttling(policy, failure),
        };
        let Wait {
            backoff,
            attempts_left,
            cost,
        } = wait;
        let retry_after = failure.answer.retry_after;
        let wait = retry_after.map_or(backoff, backoff::at_least);
        if patience == Patience::Outlast {
            return Ok(wait.min(LONGEST_OUTLASTED));
        }
        if retry_after.is_some_and(|wait| wait > policy.max_retry_after) {
            Err(Reason::RetryAfter)
        } else if attempts_left == 0 {
            Err(Reason::Attempts)
        } else if budget.is_disabled() {
            Err(Reason::Disabled)
        } else if wait >= time_left {
            Err(Reason::Deadline)
        } else if !budget.take(cost) {
            Err(Reason::Budget)
        } else {
            self.last_cost = Some(cost);
            Ok(wait)
        }
    }

    fn after_failure(&mut self, policy: &RetryPolicy) -> Wait {
        let backoff = backoff::full_jitter(policy.base_delay, policy.max_delay, self.failures);
        self.failures += 1;
        Wait {
            backoff,
            attempts_left: policy.max_attempts.saturating_sub(self.failures),
            cost: FAILURE_COST,
        }
    }

    fn after_throttling(&mut self, policy: &RetryPolicy, failure: &Failure) -> Wait {
        let backoff = match failure.pause {
            Some(pause) => pause.left,
            None => pause_after_429::unnamed_wait(self.throttled),
        };
        let has_joined = failure
            .pause
            .is_some_and(|pause| pause.entry == PauseEntry::Joined);
        self.throttled += 1;
        Wait {
            backoff,
            attempts_left: policy.max_throttled_attempts.saturating_sub(self.throttled),
            cost: if has_joined { 0 } else { THROTTLE_COST },
        }
    }
}

/// The wait before another attempt, if there is one.
struct Wait {
    /// Unless the service names another.
    backoff: Duration,
    attempts_left: u32,
    cost: u32,
}

/// Whether a token or a permit was missing for an outage, which passes.
fn is_outage(failure: &Failure) -> bool {
    matches!(failure.cause, Cause::Login(kind) | Cause::Quota(kind) if kind.is_transient())
}
