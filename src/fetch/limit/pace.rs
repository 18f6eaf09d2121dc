//! The pace within the quota's window.

use std::fmt;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use tokio::time::Instant;

/// So many permits a second after a burst.
pub(crate) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
    /// No permit before this, as far as is known: the limiter is asked only by who takes one.
    next: Instant,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32, now: Instant) -> Self {
        let clock = TokioClock { start: now };
        let pace = Quota::per_second(per_second).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(pace, clock.clone()),
            clock,
            next: now,
        }
    }

    /// The earliest time for the next permit, as far as is known.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Takes a permit, unless it is too early for one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        match self.limiter.check() {
            Ok(()) => true,
            Err(early) => {
                self.next = now + early.wait_time_from(self.clock.now());
                false
            }
        }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// Governor's time read from tokio's clock, so that a paused clock applies to it too.
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
