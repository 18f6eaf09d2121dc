//! How many requests each client may make per window, and how many it made.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::report::{ClientReport, Outcome, Seen};
use crate::settings::QuotaWindow;

/// Up to this many clients are kept without looking for idle ones.
const MIN_CLIENTS: usize = 1_000;

/// Counts requests per client.
#[derive(Debug)]
pub(crate) struct Quota {
    /// `None`: any number.
    requests: Option<u32>,
    window: Duration,
    kind: QuotaWindow,
    clients: HashMap<String, Client>,
    /// How many clients there have been.
    numbered: u64,
    /// The number of clients at which idle ones are discarded: twice as many as were left the last
    /// time, so that the cost per request stays constant.
    capacity: usize,
}

#[derive(Debug)]
struct Client {
    number: u64,
    /// When the requests that count were made, oldest first.
    used: VecDeque<Instant>,
    seen: Seen,
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
    pub(crate) fn new(requests: Option<u32>, window: Duration, kind: QuotaWindow) -> Self {
        Self {
            requests,
            window,
            kind,
            clients: HashMap::new(),
            numbered: 0,
            capacity: MIN_CLIENTS,
        }
    }

    /// Counts a request unless it is over the quota: refused requests don't count.
    pub(crate) fn take(&mut self, client: &str, now: Instant) -> Result<(), OverQuota> {
        let (window, kind, requests) = (self.window, self.kind, self.requests);
        let client = self.client(client, now);
        let Some(requests) = requests else {
            client.seen.add(now, window, Outcome::Admitted);
            return Ok(());
        };
        let age = |made: &Instant| now.saturating_duration_since(*made);
        let used = &mut client.used;
        while used.front().is_some_and(|first| age(first) >= window) {
            match kind {
                QuotaWindow::Fixed => used.clear(),
                QuotaWindow::Sliding => drop(used.pop_front()),
            }
        }
        if used.len() < requests as usize {
            used.push_back(now);
            client.seen.add(now, window, Outcome::Admitted);
            return Ok(());
        }
        client.seen.add(now, window, Outcome::Refused);
        let left = used
            .front()
            .map_or(window, |first| window.saturating_sub(age(first)));
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Err(OverQuota {
            seconds: seconds.max(1),
            requests,
        })
    }

    /// Notes a request that uses no quota.
    pub(crate) fn note(&mut self, client: &str, now: Instant) {
        let window = self.window;
        self.client(client, now)
            .seen
            .add(now, window, Outcome::Replaced);
    }

    fn client(&mut self, client: &str, now: Instant) -> &mut Client {
        if !self.clients.contains_key(client) {
            if self.clients.len() >= self.capacity {
                self.discard_idle(now);
            }
            self.numbered += 1;
        }
        let number = self.numbered;
        let new = || Client::new(number);
        self.clients.entry(client.to_owned()).or_insert_with(new)
    }

    /// Returns what each client's windows saw, in the order of the clients' first requests. Names other than
    /// those of clients with credentials are tokens, which are secrets.
    pub(crate) fn report(
        &self,
        start: Instant,
        has_credentials: impl Fn(&str) -> bool,
    ) -> Vec<ClientReport> {
        let mut clients: Vec<_> = self.clients.iter().collect();
        clients.sort_by_key(|(_, client)| client.number);
        let report = |(name, client): &(&String, &Client)| {
            let name = if has_credentials(name) {
                (*name).clone()
            } else {
                format!("token {}", client.number)
            };
            client.seen.report(name, start)
        };
        clients.iter().map(report).collect()
    }

    /// Forgets all requests.
    pub(crate) fn clear(&mut self) {
        self.clients.clear();
        self.numbered = 0;
        self.capacity = MIN_CLIENTS;
    }

    /// Discards clients whose requests no longer count.
    fn discard_idle(&mut self, now: Instant) {
        let window = self.window;
        self.clients
            .retain(|_, client| client.seen.is_active(now, window));
        self.capacity = MIN_CLIENTS.max(2 * self.clients.len());
        // `retain` visits empty slots too.
        self.clients.shrink_to(self.capacity);
    }
}

impl Client {
    fn new(number: u64) -> Self {
        Self {
            number,
            used: VecDeque::new(),
            seen: Seen::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{MIN_CLIENTS, OverQuota, Quota, QuotaWindow};

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_fixed_window_starts_with_the_first_request_and_lasts_its_length() {
        let mut quota = Quota::new(Some(2), MINUTE, QuotaWindow::Fixed);
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
        let mut quota = Quota::new(Some(1), MINUTE, QuotaWindow::Fixed);
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
        let mut quota = Quota::new(Some(1), MINUTE, QuotaWindow::Fixed);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert_eq!(quota.take("b", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_clients_are_discarded() {
        for kind in [QuotaWindow::Fixed, QuotaWindow::Sliding] {
            let mut quota = Quota::new(Some(1), MINUTE, kind);
            for client in 0..1_000 {
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            // None of the first 1,000 still count, and at most two of these at a time.
            for client in 1_000..3_100 {
                advance(MINUTE / 2).await;
                assert_eq!(quota.take(&client.to_string(), Instant::now()), Ok(()));
            }
            assert!(quota.clients.len() <= MIN_CLIENTS);
            assert!(quota.clients.capacity() < 4 * MIN_CLIENTS);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn active_clients_are_kept_however_many_there_are() {
        for kind in [QuotaWindow::Fixed, QuotaWindow::Sliding] {
            let mut quota = Quota::new(Some(2), MINUTE, kind);
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
        let mut quota = Quota::new(Some(2), MINUTE, QuotaWindow::Sliding);
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(MINUTE * 2 / 3).await;
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        advance(MINUTE / 2).await;
        for other in 0..2 * MIN_CLIENTS {
            assert_eq!(quota.take(&other.to_string(), Instant::now()), Ok(()));
        }
        assert_eq!(quota.take("a", Instant::now()), Ok(()));
        assert!(quota.take("a", Instant::now()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sliding_window_has_room_once_its_oldest_request_leaves_it() {
        let mut quota = Quota::new(Some(2), MINUTE, QuotaWindow::Sliding);
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
