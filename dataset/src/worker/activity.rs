//! What this worker did in the last minute.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::ledger::worker::Activity;

const MINUTE: Duration = Duration::from_secs(60);

/// What had been done at a moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    requests: u64,
    sessions: u64,
}

/// Samples of the last minute, the oldest first.
#[derive(Debug)]
pub(super) struct ActivityLog {
    samples: VecDeque<Sample>,
    /// Requests and sessions of before it began.
    before: (u64, u64),
}

impl ActivityLog {
    /// Begins with what was done before and isn't counted.
    pub(super) fn new(requests: u64, sessions: u64) -> Self {
        Self {
            samples: VecDeque::new(),
            before: (requests, sessions),
        }
    }

    /// Adds a sample. Returns what was done since the log began, and since the last sample that is at least a
    /// minute old, or else since the first one: nothing, for that one.
    pub(super) fn add(&mut self, at: Instant, requests: u64, sessions: u64) -> Activity {
        let sample = Sample {
            at,
            requests,
            sessions,
        };
        self.samples.push_back(sample);
        let is_old = |sample: &Sample| at.duration_since(sample.at) >= MINUTE;
        while self.samples.get(1).is_some_and(is_old) {
            self.samples.pop_front();
        }
        let since = self.samples.front().copied().unwrap_or(sample);
        let millis = at.duration_since(since.at).as_millis();
        Activity {
            requests: requests.saturating_sub(self.before.0),
            sessions: sessions.saturating_sub(self.before.1),
            recent_requests: requests.saturating_sub(since.requests),
            recent_sessions: sessions.saturating_sub(since.sessions),
            recent_millis: u64::try_from(millis).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_from_the_last_sample_that_is_a_minute_old() {
        let start = Instant::now();
        let mut log = ActivityLog::new(0, 0);
        let first = log.add(start + Duration::from_millis(2), 1, 0);
        assert_eq!(
            (first.requests, first.recent_millis),
            (1, 0),
            "too short a time"
        );
        let mut log = ActivityLog::new(1_000, 10);
        let mut last = Activity::default();
        for second in (0..=123).step_by(3) {
            let at = start + Duration::from_secs(second);
            last = log.add(at, 1_000 + 5 * second, 10 + second);
            let recent = second.min(60);
            let counted = (last.recent_requests, last.recent_sessions);
            assert_eq!(counted, (5 * recent, recent), "{second}");
            assert_eq!(last.recent_millis, recent * 1_000);
        }
        assert_eq!((last.requests, last.sessions), (615, 123));
        assert!(log.samples.len() < 25, "it doesn't grow");
        let paused = log.add(start + Duration::from_secs(10 * 60), 2_000, 500);
        assert_eq!(paused.recent_millis, 477_000, "as long as there was none");
    }
}
