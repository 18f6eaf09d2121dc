//! How long a page may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

/// A longer duration has no further effect; this one can be added to any instant.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 365 * 3600);

/// Connecting may take no longer, so that a request is sent within a minute of its permit even if it connects
/// twice.
pub(crate) const LONGEST_CONNECT: Duration = Duration::from_secs(25);

/// How late a timer must be found to show that the runtime stalled.
pub(crate) const STALL: Duration = Duration::from_secs(1);

/// The time allowed for a page over all attempts, and how much of it is left.
///
/// It stops while a permit is awaited and while the runtime is stalled: neither is the page's fault.
/// Clones share the time excluded.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    start: Instant,
    allowed: Duration,
    excluded_nanos: Arc<AtomicU64>,
}

impl Deadline {
    pub(crate) fn new(allowed: Duration) -> Self {
        Self {
            start: Instant::now(),
            allowed,
            excluded_nanos: Arc::default(),
        }
    }

    /// Zero once it has passed.
    pub(crate) fn time_left(&self) -> Duration {
        let excluded = Duration::from_nanos(self.excluded_nanos.load(Relaxed));
        let spent = self.start.elapsed().saturating_sub(excluded);
        self.allowed.saturating_sub(spent)
    }

    pub(crate) fn exclude(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.excluded_nanos.fetch_add(nanos, Relaxed);
    }

    /// Excludes the time since a timer was due, if it is found late enough to show a stall.
    pub(crate) fn exclude_stall(&self, due: Instant) {
        let late = due.elapsed();
        if late > STALL {
            self.exclude(late);
        }
    }

    /// Awaits something that doesn't count. Returns how long it took as well.
    pub(crate) async fn stopped_during<T>(&self, wait: impl Future<Output = T>) -> (T, Duration) {
        let start = Instant::now();
        let output = wait.await;
        let waited = start.elapsed();
        self.exclude(waited);
        (output, waited)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    const ALLOWED: Duration = Duration::from_secs(5 * 60);
    const WAIT: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_deadline_stops_during_excluded_waits_and_runs_during_others() {
        let deadline = Deadline::new(ALLOWED);
        let (output, waited) = deadline.clone().stopped_during(sleep(WAIT)).await;
        assert_eq!((output, waited.as_secs()), ((), 60));
        assert_eq!(deadline.time_left().as_secs(), 300);
        sleep(WAIT).await;
        assert_eq!(deadline.time_left().as_secs(), 240);
        advance(ALLOWED).await;
        assert_eq!(deadline.time_left(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_timer_more_than_a_second_late_is_a_stall() {
        for (late_ms, left_ms) in [(1_000, 299_000), (1_001, 300_000)] {
            let deadline = Deadline::new(ALLOWED);
            let due = Instant::now();
            advance(Duration::from_millis(late_ms)).await;
            deadline.exclude_stall(due);
            assert_eq!(deadline.time_left(), Duration::from_millis(left_ms));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn excluded_time_never_overflows() {
        let deadline = Deadline::new(ALLOWED);
        deadline.exclude(LONGEST);
        assert_eq!(deadline.time_left(), ALLOWED);
    }
}
