//! The rate limit: never over the quota, and no waiting that the quota does not ask for.

pub(crate) mod activity;
pub(crate) mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::error::Error;
use crate::fetch::limit::activity::{Activity, Waiting};
use crate::fetch::limit::window::{MARGIN, Window};

/// Longer than any program runs, and short enough to be added to any instant.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 30);

/// How many requests a client may send.
///
/// Two limits at once. The quota: in any 60 s (and 1 s of margin) never more than
/// [`per_minute`](RateLimit::per_minute) requests, which is right whether the service counts in fixed
/// or in sliding windows. The pace inside it: [`per_second`](RateLimit::per_second) requests after a
/// [`burst`](RateLimit::burst), so that a fresh window is used up in seconds without a spike. Who waits
/// is served first in, first out.
///
/// # Defaults
///
/// 300 a minute, the service's default for one OAuth client
/// (`client.credentials.token.rate.per.minute`); 50 a second; burst 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    per_minute: Option<u32>,
    per_second: u32,
    burst: u32,
}

impl RateLimit {
    /// At most `requests` in any 60 s. Zero is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        Self {
            per_minute: Some(requests),
            ..Self::default()
        }
    }

    /// No quota and no pace. A 429 still holds back every request of the client for as long as the
    /// service says.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            per_minute: None,
            ..Self::default()
        }
    }

    /// The pace inside the quota, in requests a second (50 by default). Zero is an error of `build`.
    #[must_use]
    pub fn per_second(mut self, requests: u32) -> Self {
        self.per_second = requests;
        self
    }

    /// How many requests may go out at once before the pace holds (10 by default). Zero is an error
    /// of `build`.
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests;
        self
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            per_minute: Some(300),
            per_second: 50,
            burst: 10,
        }
    }
}

/// Hands out permits under a [`RateLimit`].
///
/// A task of its own serves the queue, first in, first out: a waiter that nobody polls must not hold up
/// the others, as it would if it held a lock while it waited.
#[derive(Debug)]
pub(crate) struct Limiter {
    rules: Arc<Rules>,
    /// The way to the task; there is none before the first waiter, or if its runtime has ended.
    queue: Mutex<Option<mpsc::UnboundedSender<Waiter>>>,
}

/// Where the moment of the permit is awaited.
type Waiter = oneshot::Sender<Instant>;

/// Leave to send one request, now.
#[derive(Debug)]
pub(crate) struct Permit {
    given: Instant,
    /// Time spent waiting for it.
    #[cfg_attr(not(test), expect(dead_code, reason = "measured by the caller"))]
    pub(crate) queued: Duration,
}

impl Permit {
    /// Whether its request would come too late for the window it was counted in.
    pub(crate) fn is_void(&self) -> bool {
        self.given.elapsed() >= MARGIN
    }
}

#[derive(Debug)]
struct Rules {
    window: Mutex<Option<Window>>,
    paused_until: Mutex<Option<Instant>>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Result<Self, Error> {
        let window = match limit.per_minute {
            Some(per_minute) => Some(Window::new(per_minute, limit.per_second, limit.burst)?),
            None => None,
        };
        let rules = Rules {
            window: Mutex::new(window),
            paused_until: Mutex::default(),
        };
        Ok(Self {
            rules: Arc::new(rules),
            queue: Mutex::default(),
        })
    }

    /// Waits for a permit.
    ///
    /// Dropping the future gives up the place in the queue and takes no permit. A permit that was not
    /// picked up in time, because nobody polled, is void and another one is waited for.
    pub(crate) async fn acquire(&self) -> Permit {
        let start = Instant::now();
        loop {
            let (waiter, permit) = oneshot::channel();
            self.enqueue(waiter);
            // Without an answer the task's runtime has ended; the next round starts another.
            let Ok(given) = permit.await else { continue };
            let permit = Permit {
                given,
                queued: start.elapsed(),
            };
            if !permit.is_void() {
                return permit;
            }
        }
    }

    /// Lets nobody through for `wait` from now; whether a pause was on already.
    pub(crate) fn pause_for(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let until = now.checked_add(wait).unwrap_or(now + FOR_EVER);
        let mut paused_until = locked(&self.rules.paused_until);
        let was_paused = paused_until.is_some_and(|until| until > now);
        *paused_until = (*paused_until).max(Some(until));
        was_paused
    }

    /// What is left of the window, and what waiters wait for, if it is longer than the pace asks for.
    pub(crate) fn activity(&self) -> Activity {
        let now = Instant::now();
        let left = |until: Instant| {
            until
                .checked_duration_since(now)
                .filter(|left| !left.is_zero())
        };
        let pause = locked(&self.rules.paused_until).and_then(left);
        let mut window = locked(&self.rules.window);
        let Some(window) = window.as_mut() else {
            return Activity {
                permits_left: None,
                waiting: pause.map(Waiting::RetryAfter),
            };
        };
        let full = window.full_until(now).and_then(left);
        Activity {
            permits_left: Some(window.permits_left(now)),
            waiting: (pause.map(Waiting::RetryAfter)).or(full.map(Waiting::Quota)),
        }
    }

    fn enqueue(&self, waiter: Waiter) {
        let mut queue = locked(&self.queue);
        let waiter = match &*queue {
            Some(queue) => match queue.send(waiter) {
                Ok(()) => return,
                Err(mpsc::error::SendError(waiter)) => waiter,
            },
            None => waiter,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        // The receiver is right here.
        let _ = sender.send(waiter);
        *queue = Some(sender);
        tokio::spawn(serve(Arc::clone(&self.rules), receiver));
    }
}

/// Gives permits to waiters, in the order they came; ends with the limiter.
async fn serve(rules: Arc<Rules>, mut queue: mpsc::UnboundedReceiver<Waiter>) {
    while let Some(mut waiter) = queue.recv().await {
        while !waiter.is_closed() {
            match rules.take() {
                Ok(given) => {
                    // A waiter that went away in this instant leaves its permit unused.
                    let _ = waiter.send(given);
                    break;
                }
                Err(until) => {
                    let ready = std::pin::pin!(sleep_until(until));
                    let gone = std::pin::pin!(waiter.closed());
                    futures::future::select(ready, gone).await;
                }
            }
        }
    }
}

impl Rules {
    /// Takes a permit, or says until when to wait.
    fn take(&self) -> Result<Instant, Instant> {
        let now = Instant::now();
        if let Some(until) = locked(&self.paused_until).filter(|until| *until > now) {
            return Err(until);
        }
        match locked(&self.window).as_mut() {
            Some(window) => window.take(now).map(|()| now),
            None => Ok(now),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use tokio::time::sleep;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// The largest number of permits in any span of 60 s.
    fn most_in_a_minute(given: &[Instant]) -> usize {
        given
            .iter()
            .enumerate()
            .map(|(first, start)| {
                given[first..]
                    .iter()
                    .take_while(|other| **other - *start < MINUTE)
                    .count()
            })
            .max()
            .unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_fresh_window_is_used_at_the_pace_and_then_waited_out() {
        let limiter = Limiter::new(RateLimit::default()).unwrap();
        let start = Instant::now();
        let mut given = Vec::new();
        for _ in 0..301 {
            limiter.acquire().await;
            given.push(Instant::now());
        }
        let seconds = |permit: usize| (given[permit] - start).as_secs_f64();
        assert!(seconds(9) == 0.0, "the burst goes at once");
        assert!(
            (5.7..6.2).contains(&seconds(299)),
            "the rest at 50 a second: {}",
            seconds(299)
        );
        assert!(
            (61.0..61.1).contains(&seconds(300)),
            "the next window: {}",
            seconds(300)
        );
    }

    #[test]
    fn no_minute_ever_has_more_than_the_quota() {
        for seed in 0..60 {
            let mut random = fastrand::Rng::with_seed(seed);
            let quota = random.u32(1..80);
            let limit = RateLimit::per_minute(quota)
                .per_second(random.u32(1..100))
                .burst(random.u32(1..100));
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(true).build().unwrap();
            let given = runtime.block_on(async {
                let limiter = Arc::new(Limiter::new(limit).unwrap());
                let mut waiters = tokio::task::JoinSet::new();
                for _ in 0..300 {
                    let arrival = Duration::from_millis(random.u64(0..240_000));
                    let limiter = Arc::clone(&limiter);
                    waiters.spawn(async move {
                        sleep(arrival).await;
                        limiter.acquire().await;
                        Instant::now()
                    });
                }
                let mut given = waiters.join_all().await;
                given.sort();
                given
            });
            let most = most_in_a_minute(&given);
            assert!(
                most <= quota as usize,
                "seed {seed}: {most} of {quota} in a minute"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn row_36_waiters_are_served_first_in_first_out() {
        let limiter = Arc::new(Limiter::new(RateLimit::per_minute(3).burst(1)).unwrap());
        let (served, mut order) = tokio::sync::mpsc::unbounded_channel();
        for waiter in 0..20 {
            let (limiter, served) = (Arc::clone(&limiter), served.clone());
            tokio::spawn(async move {
                limiter.acquire().await;
                served.send(waiter).unwrap();
            });
            tokio::task::yield_now().await;
        }
        for expected in 0..20 {
            assert_eq!(order.recv().await, Some(expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_goes_away_takes_no_permit_and_lets_the_next_in() {
        let limiter = Arc::new(Limiter::new(RateLimit::per_minute(1)).unwrap());
        limiter.acquire().await;
        let start = Instant::now();
        let gone = tokio::spawn({
            let limiter = Arc::clone(&limiter);
            async move { limiter.acquire().await }
        });
        tokio::task::yield_now().await;
        gone.abort();
        limiter.acquire().await;
        assert_eq!(start.elapsed().as_secs(), 61);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_nobody_polls_holds_up_nobody_and_its_permit_is_void() {
        let limiter = Limiter::new(RateLimit::per_minute(2).burst(1)).unwrap();
        limiter.acquire().await;
        let mut unpolled = Box::pin(limiter.acquire());
        assert!((&mut unpolled).now_or_never().is_none());
        let waited = limiter.acquire().await;
        assert_eq!(
            waited.queued.as_secs(),
            61,
            "the unpolled one had the second permit"
        );
        sleep(Duration::from_secs(30)).await;
        assert_eq!(
            unpolled.await.queued.as_secs(),
            91,
            "it queued again when it was polled"
        );
        let next = limiter.acquire().await;
        assert_eq!(
            next.queued.as_secs(),
            31,
            "that took the last permit of the window"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_too_long_to_be_reckoned_is_no_panic() {
        let limiter = Limiter::new(RateLimit::unlimited()).unwrap();
        limiter.pause_for(Duration::MAX);
        assert!(limiter.acquire().now_or_never().is_none());
    }

    #[test]
    fn a_runtime_that_ends_does_not_take_the_queue_with_it() {
        let limiter = Limiter::new(RateLimit::default()).unwrap();
        for _ in 0..2 {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build();
            runtime.unwrap().block_on(limiter.acquire());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everyone_also_without_a_quota() {
        for limit in [RateLimit::default(), RateLimit::unlimited()] {
            let limiter = Limiter::new(limit).unwrap();
            limiter.pause_for(Duration::from_secs(42));
            limiter.pause_for(Duration::from_secs(7));
            assert_eq!(limiter.acquire().await.queued.as_secs(), 42);
            assert_eq!(limiter.acquire().await.queued.as_secs(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_a_waiter_that_already_sleeps() {
        let limiter = Arc::new(Limiter::new(RateLimit::per_minute(1)).unwrap());
        limiter.acquire().await;
        let waiter = tokio::spawn({
            let limiter = Arc::clone(&limiter);
            async move { limiter.acquire().await }
        });
        sleep(Duration::from_secs(30)).await;
        limiter.pause_for(Duration::from_secs(100));
        assert_eq!(waiter.await.unwrap().queued.as_secs(), 130);
    }

    #[tokio::test]
    async fn a_zero_is_refused_by_name() {
        for (limit, setting) in [
            (RateLimit::per_minute(0), "per_minute"),
            (RateLimit::default().per_second(0), "per_second"),
            (RateLimit::default().burst(0), "burst"),
        ] {
            let error = Limiter::new(limit).unwrap_err().to_string();
            assert!(error.contains(setting), "{error}");
        }
    }
}
