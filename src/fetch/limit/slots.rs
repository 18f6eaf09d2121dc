//! When the next permit may be taken: after the pause, within the quota, at the pace.

use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::limit::activity::{Activity, Waiting};
use crate::fetch::limit::pace::Pace;
use crate::fetch::limit::pause::Pause;
use crate::fetch::limit::permit::Settled;
use crate::fetch::limit::rate_limit::CheckedLimit;
use crate::fetch::limit::window::Window;

/// The pause, the window and the pace together.
#[derive(Debug)]
pub(crate) struct Slots {
    pause: Pause,
    window: Option<Window>,
    pace: Option<Pace>,
    start: Instant,
}

impl Slots {
    pub(crate) fn new(limit: CheckedLimit, period: Duration, now: Instant) -> Self {
        let CheckedLimit {
            per_minute,
            per_second,
            burst,
        } = limit;
        Self {
            pause: Pause::default(),
            window: per_minute.map(|slots| Window::new(slots, period, now)),
            pace: per_second.map(|per_second| Pace::new(per_second, burst, now)),
            start: now,
        }
    }

    /// Since when a permit may be taken, or when it may at the latest.
    pub(crate) fn next(&mut self, now: Instant) -> Instant {
        let window = match &mut self.window {
            Some(window) => window.next(now),
            None => self.start,
        };
        let pace = self.pace.as_ref().map_or(self.start, Pace::next);
        let pause = self.pause.end().unwrap_or(self.start);
        window.max(pace).max(pause)
    }

    /// Takes a permit, if it is time.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let is_time = self.next(now) <= now && self.pace.as_mut().is_none_or(|pace| pace.take(now));
        if let Some(window) = self.window.as_mut().filter(|_| is_time) {
            window.take(now);
        }
        is_time
    }

    pub(crate) fn settle(&mut self, settled: Settled, taken: Instant, now: Instant) {
        if let Some(window) = &mut self.window {
            window.settle(settled, taken, now);
        }
    }

    pub(crate) fn pause(&mut self, wait: Duration, now: Instant) {
        self.pause.extend(wait, now);
    }

    pub(crate) fn activity(&mut self, now: Instant) -> Activity {
        let pause = self.pause.left(now).map(Waiting::RetryAfter);
        let window = self.window.as_mut();
        let (free, full_for) = window
            .map(|window| (window.free(now), window.full_for(now)))
            .unzip();
        Activity {
            permits_left: free,
            waiting: pause.or(full_for.flatten().map(Waiting::Quota)),
        }
    }
}
