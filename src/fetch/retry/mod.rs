//! The loop around an attempt.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod policy;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::fetch::failure::{Cause, Fault, Verdict, classify};
use crate::fetch::limit::activity::{RetryBoard, RetryWait};
use crate::fetch::retry::budget::Budget;
use crate::fetch::retry::policy::RetryPolicy;

/// What a retry after a fault takes from the budget, and one after throttling: the weights of the
/// "standard" retry mode of the AWS SDKs. Requests that are throttled together pay once: the pause holds
/// them all back, so that their retries are no load.
const FAULT_COST: u32 = 14;
const THROTTLE_COST: u32 = 5;

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
    board: &RetryBoard,
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
                board.note(RetryWait {
                    status: fault.answer.status,
                    attempt: number + 1,
                    of: allowed_attempts(policy, fault.cause),
                    until: Instant::now() + wait,
                });
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

/// How many attempts end in faults of this kind, at most.
fn allowed_attempts(policy: &RetryPolicy, cause: Cause) -> u32 {
    match classify(cause) {
        Verdict::Throttled => policy.max_throttled_attempts,
        _ => policy.max_attempts,
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
