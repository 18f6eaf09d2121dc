//! How often, and how long apart, a failed request is tried again.

use std::time::Duration;

use crate::error::Error;

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
