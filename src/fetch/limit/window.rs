//! The quota's window, and the pace inside it.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::error::Error;

/// How much later than its permit a request may reach the service.
pub(crate) const MARGIN: Duration = Duration::from_secs(1);
/// The quota's minute, and the margin.
const PERIOD: Duration = Duration::from_mins(1).saturating_add(MARGIN);

/// The permits given in the last window, and the pace inside it.
pub(crate) struct Window {
    quota: usize,
    given: VecDeque<Instant>,
    pace: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Window")
            .field("quota", &self.quota)
            .field("given", &self.given.len())
            .finish_non_exhaustive()
    }
}

impl Window {
    pub(crate) fn new(per_minute: u32, per_second: u32, burst: u32) -> Result<Self, Error> {
        let above_zero = |setting: &str, value: u32| {
            NonZeroU32::new(value).ok_or_else(|| {
                Error::invalid_input(format!("rate limit {setting} is 0; allowed is 1 or more"))
            })
        };
        let quota = above_zero("per_minute", per_minute)?.get() as usize;
        let pace = Quota::per_second(above_zero("per_second", per_second)?)
            .allow_burst(above_zero("burst", burst)?);
        let clock = TokioClock {
            start: Instant::now(),
        };
        Ok(Self {
            quota,
            given: VecDeque::new(),
            pace: RateLimiter::direct_with_clock(pace, clock.clone()),
            clock,
        })
    }

    /// Takes a permit, or says until when to wait.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.full_until(now) {
            return Err(until);
        }
        self.pace
            .check()
            .map_err(|wait| now + wait.wait_time_from(self.clock.now()))?;
        self.given.push_back(now);
        Ok(())
    }

    /// Until when the window has no permit left, if it has none.
    pub(crate) fn full_until(&mut self, now: Instant) -> Option<Instant> {
        while self
            .given
            .front()
            .is_some_and(|given| *given + PERIOD <= now)
        {
            self.given.pop_front();
        }
        let is_full = self.given.len() >= self.quota;
        self.given
            .front()
            .filter(|_| is_full)
            .map(|oldest| *oldest + PERIOD)
    }

    /// How many permits the window still has.
    pub(crate) fn permits_left(&mut self, now: Instant) -> u32 {
        self.full_until(now);
        u32::try_from(self.quota - self.given.len()).unwrap_or(u32::MAX)
    }
}

/// Governor's time read from tokio's clock, so that a paused clock holds it too.
#[derive(Clone, Debug)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.start.elapsed().into()
    }
}
