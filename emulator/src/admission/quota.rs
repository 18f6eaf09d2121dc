//! How many requests each client may make per window.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::QuotaWindow;

/// Up to this many clients are kept without looking for idle ones.
const MIN_CLIENTS: usize = 8;

/// Counts requests per client.
#[derive(Debug)]
pub(crate) struct Quota {
    requests: u32,
    window: Duration,
    kind: QuotaWindow,
    /// When each client's counted requests were made, oldest first.
    used: HashMap<String, VecDeque<Instant>>,
    /// The number of clients at which idle ones are discarded: twice as many as were left the last
    /// time, so that the cost per request stays constant.
    capacity: usize,
}

/// A request over the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverQuota {
    /// Until there is room again, rounded up; never 0.
    pub(crate) seconds: u64,
    /// The quota.
    pub(crate) requests: u32,
}

impl Quota {
    pub(crate) fn new(requests: u32, window: Duration, kind: QuotaWindow) -> Self {
        Self {
            requests,
            window,
            kind,
            used: HashMap::new(),
            capacity: MIN_CLIENTS,
        }
    }

    /// Counts a request unless it is over the quota: refused requests don't count.
    pub(crate) fn take(&mut self, client: &str, now: Instant) -> Result<(), OverQuota> {
        if self.used.len() >= self.capacity {
            self.discard_idle(now);
        }
        let (window, kind) = (self.window, self.kind);
        let age = |made: &Instant| now.saturating_duration_since(*made);
        let made = self.used.entry(client.to_owned()).or_default();
        while made.front().is_some_and(|first| age(first) >= window) {
            match kind {
                QuotaWindow::Fixed => made.clear(),
                QuotaWindow::Sliding => drop(made.pop_front()),
            }
        }
        if made.len() < self.requests as usize {
            made.push_back(now);
            return Ok(());
        }
        let left = made
            .front()
            .map_or(window, |first| window.saturating_sub(age(first)));
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Err(OverQuota {
            seconds: seconds.max(1),
            requests: self.requests,
        })
    }

    /// Discards clients whose requests no longer count.
    fn discard_idle(&mut self, now: Instant) {
        let (window, kind) = (self.window, self.kind);
        self.used.retain(|_, made| {
            let decisive = match kind {
                QuotaWindow::Fixed => made.front(),
                QuotaWindow::Sliding => made.back(),
            };
            decisive.is_some_and(|made| now.saturating_duration_since(*made) < window)
        });
        self.capacity = MIN_CLIENTS.max(2 * self.used.len());
        // `retain` visits empty slots too.
        self.used.shrink_to(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{MIN_CLIENTS, OverQuota, Quota, QuotaWindow};

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_fixed_window_starts_with_the_first_request_and_lasts_its_length() {
        let mut quota = Quota::new(2, MINUTE, QuotaWindow::Fixed);
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
        let mut quota = Quota::new(1, MINUTE, QuotaWindow::Fixed);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        for _ in 0..10 {
            assert!(quota.take("a", Instant::now()).is_err());
        }
        advance(MINUTE).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_has_its_own_quota() {
        let mut quota = Quota::new(1, MINUTE, QuotaWindow::Fixed);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert_eq!(quota.take("b", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_clients_are_discarded() {
        for kind in [QuotaWindow::Fixed, QuotaWindow::Sliding] {
            let mut quota = Quota::new(1, MINUTE, kind);
            for client in 0..1_000 {
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            // None of the first 1,000 still count, and at most two of these at a time.
            for client in 1_000..2_100 {
                advance(MINUTE / 2).await;
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            assert!(quota.used.len() <= MIN_CLIENTS, "{quota:?}");
            assert!(quota.used.capacity() < 100, "{quota:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn active_clients_are_kept_however_many_there_are() {
        for kind in [QuotaWindow::Fixed, QuotaWindow::Sliding] {
            let mut quota = Quota::new(2, MINUTE, kind);
            let all = || (0..100).map(|client| client.to_string());
            for client in all() {
                assert_eq!(quota.take(&client, Instant::now()), Ok(()));
            }
            advance(MINUTE * 2 / 3).await;
            for client in all() {
                assert_eq!(quota.take(&client, Instant::now()), Ok(()));
                assert!(quota.take(&client, Instant::now()).is_err());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_is_kept_while_a_sliding_window_holds_one_of_its_requests() {
        let mut quota = Quota::new(2, MINUTE, QuotaWindow::Sliding);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(MINUTE * 2 / 3).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(MINUTE / 2).await;
        for other in 0..100 {
            assert_eq!(quota.take(&other.to_string(), Instant::now()), Ok(()));
        }
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sliding_window_has_room_once_its_oldest_request_leaves_it() {
        let mut quota = Quota::new(2, MINUTE, QuotaWindow::Sliding);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(MINUTE * 2 / 3).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        let refused = Err(OverQuota {
            seconds: 20,
            requests: 2,
        });
        assert_eq!(quota.take("a", Instant::now()), refused);
        advance(MINUTE / 3).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }
}
