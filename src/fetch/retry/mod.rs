//! Retries: the loop around an attempt.
//!
//! ```text
//! run ─► attempt ─► failure ─► retryable? ─► attempts left? budget? deadline? ─► backoff ─┐
//!  ▲                                                                                       │
//!  └───────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! `policy` holds the settings, `retryable` says which failures are retried, `backoff` how long to
//! wait, `budget` what all streams of a client share.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod policy;
pub(crate) mod retryable;
pub(crate) mod waits;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::fetch::failure::{Cause, Failure};
use budget::Budget;
use policy::RetryPolicy;
use retryable::{Retryable, classify};
use waits::{RetryWait, RetryWaits};

/// What a retry takes from the budget after a failure, and after a 429: the weights of the "standard"
/// retry mode of the AWS SDKs. Requests that are throttled together pay once: they all sit out the
/// same pause, so their retries are no load.
const FAILURE_COST: u32 = 14;
const THROTTLE_COST: u32 = 5;

/// One attempt's number and time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// The first is 1.
    pub(crate) number: u32,
    /// What is left of the deadline.
    pub(crate) time_left: Duration,
}

/// How an attempt ended.
pub(crate) struct AttemptOutcome<T> {
    pub(crate) result: Result<T, Failure>,
    /// Time spent waiting for a permit, which doesn't count against the deadline.
    pub(crate) queued: Duration,
}

/// The last failure, and why it was the last.
pub(crate) struct GaveUp {
    pub(crate) failure: Failure,
    pub(crate) attempts: u32,
    pub(crate) reason: Reason,
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Another attempt wouldn't help.
    Final,
    /// All attempts were used.
    Attempts,
    /// The client's retry budget is used up.
    Budget,
    /// The wait would end after the deadline.
    Deadline,
    /// The service names a longer wait than is allowed.
    RetryAfter,
}

impl Reason {
    /// What the error's text adds.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Final | Self::Attempts => "",
            Self::Budget => "; the client's retry budget is used up",
            Self::Deadline => "; the page's deadline leaves no time for another attempt",
            Self::RetryAfter => "; the wait it requires is longer than allowed",
        }
    }
}

/// Retries until an attempt succeeds or no further one is allowed.
///
/// Dropping the future stops at once, also during a wait.
pub(crate) async fn run<T, F: Future<Output = AttemptOutcome<T>>>(
    policy: &RetryPolicy,
    budget: &Budget,
    waits: &RetryWaits,
    mut attempt: impl FnMut(Attempt) -> F,
) -> Result<T, GaveUp> {
    let start = Instant::now();
    let mut queued = Duration::ZERO;
    let mut retries = Retries::default();
    loop {
        let spent = start.elapsed().saturating_sub(queued);
        let time_left = policy.page_deadline.saturating_sub(spent);
        let number = retries.attempts + 1;
        let outcome = attempt(Attempt { number, time_left }).await;
        queued += outcome.queued;
        let failure = match outcome.result {
            Ok(value) => {
                budget.give_back(retries.last_cost);
                return Ok(value);
            }
            Err(failure) => failure,
        };
        let spent = start.elapsed().saturating_sub(queued);
        let time_left = policy.page_deadline.saturating_sub(spent);
        match retries.next(policy, budget, &failure, time_left) {
            Ok(wait) => {
                debug!(
                    cause = ?failure.cause,
                    attempt = number,
                    wait_ms = wait.as_millis(),
                    correlation_id = failure.answer.correlation_id,
                    "retrying"
                );
                waits.note(RetryWait {
                    status: failure.answer.status,
                    attempt: number + 1,
                    of: allowed_attempts(policy, failure.cause),
                    until: Instant::now() + wait,
                });
                sleep(wait).await;
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
}

impl Retries {
    /// Counts a failure and returns the wait before the next attempt, or why there is none.
    fn next(
        &mut self,
        policy: &RetryPolicy,
        budget: &Budget,
        failure: &Failure,
        time_left: Duration,
    ) -> Result<Duration, Reason> {
        self.attempts += 1;
        let (failures, allowed, cost) = match classify(failure.cause) {
            Retryable::No => return Err(Reason::Final),
            Retryable::WithNewToken if self.token_replaced => return Err(Reason::Final),
            Retryable::WithNewToken => {
                self.token_replaced = true;
                return Ok(Duration::ZERO);
            }
            Retryable::Once if self.retried_once => return Err(Reason::Attempts),
            retryable @ (Retryable::Yes | Retryable::Once) => {
                self.retried_once |= retryable == Retryable::Once;
                (&mut self.failures, policy.max_attempts, FAILURE_COST)
            }
            Retryable::Throttled => (
                &mut self.throttled,
                policy.max_throttled_attempts,
                if failure.joined_pause {
                    0
                } else {
                    THROTTLE_COST
                },
            ),
        };
        *failures += 1;
        let retry_after = failure.answer.retry_after;
        let wait = match retry_after {
            Some(wait) => backoff::at_least(wait),
            None => backoff::full_jitter(policy.base_delay, policy.max_delay, *failures - 1),
        };
        if retry_after.is_some_and(|wait| wait > policy.max_retry_after) {
            Err(Reason::RetryAfter)
        } else if *failures >= allowed {
            Err(Reason::Attempts)
        } else if wait >= time_left {
            Err(Reason::Deadline)
        } else if !budget.take(cost) {
            Err(Reason::Budget)
        } else {
            self.last_cost = Some(cost);
            Ok(wait)
        }
    }
}
