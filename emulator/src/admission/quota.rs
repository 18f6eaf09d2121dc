//! How many requests a client may make in a window of time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// How the quota's window lies in time. Which one the service has is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum QuotaWindow {
    /// It begins with a client's first request, and the next one with the first request after its end.
    #[default]
    Fixed,
    /// It is the time that has just passed, at any moment.
    Sliding,
}

/// Up to so many clients none is forgotten.
const FEW_CLIENTS: usize = 8;

/// Counts requests by client: by what its requests are known by.
#[derive(Debug)]
pub(crate) struct Quota {
    requests: u32,
    window: Duration,
    kind: QuotaWindow,
    /// When the requests that count were made, in their order.
    used: HashMap<String, VecDeque<Instant>>,
    /// How many clients there are when those of the past are next forgotten: twice as many as were left
    /// the last time, so that a request doesn't have to look at all of them.
    full: usize,
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
            full: FEW_CLIENTS,
        }
    }

    /// Counts a request, unless it is over the quota: refused requests don't count.
    pub(crate) fn take(&mut self, client: &str, now: Instant) -> Result<(), OverQuota> {
        if self.used.len() >= self.full {
            self.forget_the_past(now);
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

    /// Forgets the clients of whose requests none counts any more.
    fn forget_the_past(&mut self, now: Instant) {
        let (window, kind) = (self.window, self.kind);
        self.used.retain(|_, made| {
            let decisive = match kind {
                QuotaWindow::Fixed => made.front(),
                QuotaWindow::Sliding => made.back(),
            };
            decisive.is_some_and(|made| now.saturating_duration_since(*made) < window)
        });
        self.full = FEW_CLIENTS.max(2 * self.used.len());
        // What is empty would be looked through the next time too.
        self.used.shrink_to(self.full);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{FEW_CLIENTS, OverQuota, Quota, QuotaWindow};

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn the_window_begins_with_the_first_request_and_ends_after_its_length() {
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
    async fn every_client_has_a_quota_of_its_own() {
        let mut quota = Quota::new(1, MINUTE, QuotaWindow::Fixed);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert_eq!(quota.take("b", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn clients_of_past_windows_are_forgotten() {
        for kind in [QuotaWindow::Fixed, QuotaWindow::Sliding] {
            let mut quota = Quota::new(1, MINUTE, kind);
            for client in 0..1_000 {
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            // Of those there is none that still counts, and of these never more than two.
            for client in 1_000..2_100 {
                advance(MINUTE / 2).await;
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            assert!(quota.used.len() <= FEW_CLIENTS, "{quota:?}");
            assert!(quota.used.capacity() < 100, "{quota:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_clients_there_are_those_of_the_present_are_not_forgotten() {
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
    async fn a_client_is_not_forgotten_while_one_of_its_requests_is_in_a_sliding_window() {
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
    async fn a_sliding_window_has_room_when_its_oldest_request_leaves_it() {
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
