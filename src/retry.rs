//! The loop around an attempt.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::backoff;
use crate::budget::Budget;
use crate::error::Error;
use crate::fault::{Fault, Verdict, classify};

/// What a retry after a fault takes from the budget, and one after throttling: the weights of the
/// "standard" retry mode of the AWS SDKs. Requests that are throttled together pay once: the pause holds
/// them all back, so that their retries are no load.
const FAULT_COST: u32 = 14;
const THROTTLE_COST: u32 = 5;

/// How often, and how long apart, a failed request is tried again.
///
/// Tried again are statuses 408, 429, 500, 502, 503 and 504, and transport faults that a new attempt
/// can cure; nothing else. The wait is `Retry-After` where the service gives one, with up to a second
/// added, else full jitter: a random part of [`base_delay`](RetryPolicy::base_delay) doubled with each
/// failure. Every attempt takes a permit of the rate limit.
///
/// # Defaults
///
/// | setting | default |
/// | --- | --- |
/// | `max_attempts` | 5 |
/// | `max_throttled_attempts` | 8 |
/// | `base_delay` | 200 ms |
/// | `max_delay` | 20 s |
/// | `max_retry_after` | 180 s |
/// | `page_deadline` | 5 min |
/// | `budget` | 500 |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) max_throttled_attempts: u32,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_retry_after: Duration,
    pub(crate) page_deadline: Duration,
    pub(crate) budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_throttled_attempts: 8,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(20),
            max_retry_after: Duration::from_mins(3),
            page_deadline: Duration::from_mins(5),
            budget: 500,
        }
    }
}

impl RetryPolicy {
    /// No retries: the first fault is the error. A token refused once is still replaced once.
    #[must_use]
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            max_throttled_attempts: 1,
            ..Self::default()
        }
    }

    /// Attempts at a page that may end in a fault, the first included. Zero is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Attempts at a page that may be throttled (429), counted apart from faults. Zero is an error of
    /// `build`.
    #[must_use]
    pub fn max_throttled_attempts(mut self, attempts: u32) -> Self {
        self.max_throttled_attempts = attempts;
        self
    }

    /// Longest wait before the first retry. Zero means no wait.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Longest wait before any retry, unless the service asks for a longer one. Zero means no wait.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Longest `Retry-After` that is waited out; a longer one is an error at once that says how long.
    /// Zero means none is.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Longest time for one page, over all attempts and the waits between them. Waiting for a permit
    /// of the rate limit does not count: it is no fault. Zero is an error of `build`.
    #[must_use]
    pub fn page_deadline(mut self, deadline: Duration) -> Self {
        self.page_deadline = deadline;
        self
    }

    /// Retry tokens that all streams of a client share. A retry after a fault takes 14, one after
    /// throttling 5, which all requests that are throttled in the same pause take once; a success gives back what its last retry took, else 1, up to this capacity. When
    /// they are used up, faults are errors at once until requests succeed again. Zero means no
    /// retries.
    #[must_use]
    pub fn budget(mut self, tokens: u32) -> Self {
        self.budget = tokens;
        self
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        for (setting, is_zero) in [
            ("max_attempts", self.max_attempts == 0),
            ("max_throttled_attempts", self.max_throttled_attempts == 0),
            ("page_deadline", self.page_deadline.is_zero()),
        ] {
            if is_zero {
                return Err(Error::invalid_input(format!(
                    "retry policy {setting} is 0; allowed is more than 0"
                )));
            }
        }
        Ok(())
    }
}

/// What an attempt is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// 1 is the first.
    pub(crate) number: u32,
    /// What is left of the deadline.
    pub(crate) time_left: Duration,
}

/// What came of an attempt.
pub(crate) struct Tried<T> {
    pub(crate) result: Result<T, Fault>,
    /// Time spent waiting for a permit, which the deadline leaves out.
    pub(crate) queued: Duration,
}

/// The last fault, and why it was the last.
pub(crate) struct GaveUp {
    pub(crate) fault: Fault,
    pub(crate) attempts: u32,
    pub(crate) why: Why,
}

/// Why no further attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Another attempt would not help.
    Final,
    /// All attempts were used.
    Attempts,
    /// The client's retry budget is used up.
    Budget,
    /// The wait would end after the deadline.
    Deadline,
    /// The service asks for a longer wait than is allowed.
    RetryAfter,
}

impl Why {
    /// How the error's text goes on.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Final | Self::Attempts => "",
            Self::Budget => "; the client's retry budget is used up",
            Self::Deadline => "; the deadline for one page leaves no time for another attempt",
            Self::RetryAfter => "; the wait it asks for is longer than allowed",
        }
    }
}

/// Tries until an attempt succeeds or no further one is allowed.
/// Dropping the future stops at once, also within a wait.
pub(crate) async fn run<T, F: Future<Output = Tried<T>>>(
    policy: &RetryPolicy,
    budget: &Budget,
    mut attempt: impl FnMut(Attempt) -> F,
) -> Result<T, GaveUp> {
    let start = Instant::now();
    let mut queued = Duration::ZERO;
    let mut state = Retries::default();
    loop {
        let spent = start.elapsed().saturating_sub(queued);
        let time_left = policy.page_deadline.saturating_sub(spent);
        let number = state.attempts + 1;
        let tried = attempt(Attempt { number, time_left }).await;
        queued += tried.queued;
        let fault = match tried.result {
            Ok(value) => {
                budget.give_back(state.last_cost);
                return Ok(value);
            }
            Err(fault) => fault,
        };
        let spent = start.elapsed().saturating_sub(queued);
        let time_left = policy.page_deadline.saturating_sub(spent);
        match state.next(policy, budget, &fault, time_left) {
            Ok(wait) => {
                debug!(
                    cause = ?fault.cause,
                    attempt = number,
                    wait_ms = wait.as_millis(),
                    correlation_id = fault.answer.correlation_id,
                    "retrying"
                );
                sleep(wait).await;
            }
            Err(why) => {
                return Err(GaveUp {
                    fault,
                    attempts: number,
                    why,
                });
            }
        }
    }
}

/// What has gone wrong so far with one page.
#[derive(Debug, Default)]
struct Retries {
    attempts: u32,
    faults: u32,
    throttled: u32,
    garbled: bool,
    token_replaced: bool,
    last_cost: Option<u32>,
}

impl Retries {
    /// Counts a fault; the wait before the next attempt, or why there is none.
    fn next(
        &mut self,
        policy: &RetryPolicy,
        budget: &Budget,
        fault: &Fault,
        time_left: Duration,
    ) -> Result<Duration, Why> {
        self.attempts += 1;
        let (failures, allowed, cost) = match classify(fault.cause) {
            Verdict::Never => return Err(Why::Final),
            Verdict::WithNewToken if self.token_replaced => return Err(Why::Final),
            Verdict::WithNewToken => {
                self.token_replaced = true;
                return Ok(Duration::ZERO);
            }
            Verdict::OnceMore if self.garbled => return Err(Why::Attempts),
            verdict @ (Verdict::Again | Verdict::OnceMore) => {
                self.garbled |= verdict == Verdict::OnceMore;
                (&mut self.faults, policy.max_attempts, FAULT_COST)
            }
            Verdict::Throttled => (
                &mut self.throttled,
                policy.max_throttled_attempts,
                if fault.joins_pause { 0 } else { THROTTLE_COST },
            ),
        };
        *failures += 1;
        let retry_after = fault.answer.retry_after;
        let wait = match retry_after {
            Some(asked) => backoff::at_least(asked),
            None => backoff::full_jitter(policy.base_delay, policy.max_delay, *failures - 1),
        };
        if retry_after.is_some_and(|asked| asked > policy.max_retry_after) {
            Err(Why::RetryAfter)
        } else if *failures >= allowed {
            Err(Why::Attempts)
        } else if wait >= time_left {
            Err(Why::Deadline)
        } else if !budget.take(cost) {
            Err(Why::Budget)
        } else {
            self.last_cost = Some(cost);
            Ok(wait)
        }
    }
}
