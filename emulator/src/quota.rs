//! How many requests a token may make in a window of time.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Counts requests by token, in windows that begin with a token's first request.
#[derive(Debug)]
pub(crate) struct Quota {
    requests: u32,
    window: Duration,
    used: HashMap<String, Used>,
}

#[derive(Debug)]
struct Used {
    since: Instant,
    requests: u32,
}

/// A request over the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverQuota {
    /// Until the window ends, rounded up; never 0.
    pub(crate) seconds: u64,
    /// The quota.
    pub(crate) requests: u32,
}

impl Quota {
    pub(crate) fn new(requests: u32, window: Duration) -> Self {
        Self {
            requests,
            window,
            used: HashMap::new(),
        }
    }

    /// Counts a request, unless it is over the quota: refused requests don't count.
    pub(crate) fn take(&mut self, token: &str, now: Instant) -> Result<(), OverQuota> {
        let ended = |used: &Used| now.saturating_duration_since(used.since) >= self.window;
        if let Some(used) = self.used.get_mut(token).filter(|used| !ended(used)) {
            if used.requests >= self.requests {
                let left = self
                    .window
                    .saturating_sub(now.saturating_duration_since(used.since));
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                return Err(OverQuota {
                    seconds,
                    requests: self.requests,
                });
            }
            used.requests += 1;
            return Ok(());
        }
        // Here, as it happens once a window at most, so that tokens of the past don't pile up.
        self.used.retain(|_, used| !ended(used));
        self.used.insert(
            token.to_owned(),
            Used {
                since: now,
                requests: 1,
            },
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{OverQuota, Quota};

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn the_window_begins_with_the_first_request_and_ends_after_its_length() {
        let mut quota = Quota::new(2, MINUTE);
        advance(MINUTE * 5 / 2).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(Duration::from_millis(18_500)).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        let refused = Err(OverQuota {
            seconds: 42,
            requests: 2,
        });
        assert_eq!(quota.take("a", Instant::now()), refused);
        advance(Duration::from_millis(41_499)).await;
        let refused = Err(OverQuota {
            seconds: 1,
            requests: 2,
        });
        assert_eq!(quota.take("a", Instant::now()), refused);
        advance(Duration::from_millis(1)).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn refused_requests_do_not_count() {
        let mut quota = Quota::new(1, MINUTE);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        for _ in 0..10 {
            assert!(quota.take("a", Instant::now()).is_err());
        }
        advance(MINUTE).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn every_token_has_a_quota_of_its_own() {
        let mut quota = Quota::new(1, MINUTE);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert_eq!(quota.take("b", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_of_past_windows_are_forgotten() {
        let mut quota = Quota::new(1, MINUTE);
        for token in 0..100 {
            assert_eq!(quota.take(&token.to_string(), Instant::now()), Ok(()));
            advance(MINUTE / 2).await;
        }
        assert!(quota.used.len() <= 2, "{quota:?}");
    }
}
