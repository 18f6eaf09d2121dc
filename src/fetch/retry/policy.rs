//! How often and after which waits a failed request is retried.

use std::time::Duration;

use crate::error::Error;
use crate::fetch::deadline::LONGEST;

/// How often and after which waits a failed request is retried.
///
/// | retried | wait |
/// | --- | --- |
/// | lost and refused connections, timeouts, truncated responses; 408, 425, 500, 502, 503, 504, 520 to 524, 529 | full jitter: a random part of `base_delay`, doubled with each failure up to `max_delay` |
/// | 429 | pauses all requests of the client: for 1 s, doubling with each pause up to 32 s until a request succeeds |
/// | once: a response that isn't HTTP, a 204, an empty 200 | as for a lost connection |
/// | once: a refused token that can be replaced | none |
///
/// If the service sends `Retry-After`, that is the wait, plus up to 1 s. Every attempt takes a permit of
/// the rate limit. Durations over a year count as a year.
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
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use journey_events::RetryPolicy;
///
/// let patient = RetryPolicy::default()
///     .max_attempts(10)
///     .page_deadline(Duration::from_secs(1_800));
/// ```
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
            max_retry_after: Duration::from_secs(3 * 60),
            page_deadline: Duration::from_secs(5 * 60),
            budget: 500,
        }
    }
}

impl RetryPolicy {
    /// No retries: the first failure is the error. A refused token is still replaced once.
    ///
    /// ```
    /// use journey_events::{Client, Region, RetryPolicy};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .retry_policy(RetryPolicy::never()) // the caller retries
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            max_throttled_attempts: 1,
            ..Self::default()
        }
    }

    /// Sets how many attempts at a page may fail, including the first: 5 by default. Zero is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    ///
    /// ```
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().max_attempts(10);
    /// ```
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets how many attempts at a page may be throttled (429), counted separately from failures: 8 by
    /// default. Zero is an error of `build`.
    ///
    /// ```
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().max_throttled_attempts(20);
    /// ```
    #[must_use]
    pub fn max_throttled_attempts(mut self, attempts: u32) -> Self {
        self.max_throttled_attempts = attempts;
        self
    }

    /// Sets the longest wait before the first retry of a failure: 200 ms by default. Zero means no wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().base_delay(Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest wait before any retry of a failure, unless the service names a longer one: 20 s
    /// by default. Zero means no wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().max_delay(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest `Retry-After` that is honoured: 180 s by default. A longer one is an immediate
    /// error that says how long it is. Zero means none is honoured.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().max_retry_after(Duration::from_secs(600));
    /// ```
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Sets the longest time for one page, over all attempts and the waits between them: 5 min by
    /// default. Waits for a permit don't count. Zero is an error of `build`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::RetryPolicy;
    ///
    /// // Waits out an outage of half an hour.
    /// let policy = RetryPolicy::default()
    ///     .max_attempts(u32::MAX)
    ///     .budget(u32::MAX)
    ///     .page_deadline(Duration::from_secs(1_800));
    /// ```
    #[must_use]
    pub fn page_deadline(mut self, deadline: Duration) -> Self {
        self.page_deadline = deadline;
        self
    }

    /// Sets how many retry tokens all streams of the client share: 500 by default.
    ///
    /// A retry after a failure takes 14, one after throttling 5, once for all requests throttled in the
    /// same pause. A success returns what its last retry took, or else 1, up to this capacity. While none
    /// are left, failures are immediate errors.
    ///
    /// Zero means no retries at all, except for one replacement of a refused token.
    ///
    /// ```
    /// use journey_events::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().budget(5_000); // 350 retries in a row, over all streams
    /// ```
    #[must_use]
    pub fn budget(mut self, tokens: u32) -> Self {
        self.budget = tokens;
        self
    }

    /// Checks the settings and clamps durations that are too long to be added to an instant.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        for (setting, is_zero) in [
            ("max_attempts", self.max_attempts == 0),
            ("max_throttled_attempts", self.max_throttled_attempts == 0),
            ("page_deadline", self.page_deadline.is_zero()),
        ] {
            if is_zero {
                return Err(Error::invalid_input(format!(
                    "retry policy: {setting} is 0; expected more than 0"
                )));
            }
        }
        Ok(Self {
            base_delay: self.base_delay.min(LONGEST),
            max_delay: self.max_delay.min(LONGEST),
            max_retry_after: self.max_retry_after.min(LONGEST),
            page_deadline: self.page_deadline.min(LONGEST),
            ..self
        })
    }
}
