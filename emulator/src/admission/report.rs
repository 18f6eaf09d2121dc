//! What the quota saw: how many requests each window held.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Newest windows kept of each client.
const MAX_WINDOWS: usize = 1_440;

/// How many requests each client made, from [`Emulator::quota_report`](crate::Emulator::quota_report).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaReport {
    /// The quota, if there is one.
    pub requests: Option<u32>,
    /// The length of a window.
    pub window: Duration,
    /// In the order of their first requests. Those idle for a window may be missing if there are more
    /// than 1,000.
    pub clients: Vec<ClientReport>,
}

/// The requests of one client: those with an accepted token, and those that a fault replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientReport {
    /// The id of an OAuth client, for all tokens issued to it; `token 2` for another token, which is the
    /// second client seen.
    pub client: String,
    /// The most requests, refused and replaced ones included, in any time as long as a window: no client that keeps
    /// to the quota has more, whether windows are fixed or sliding.
    pub most: u64,
    /// Fixed windows, each from the first request after the end of the one before: the newest 1,440.
    pub windows: Vec<WindowReport>,
}

/// The requests in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowReport {
    /// When it began, since the emulator's start.
    pub at: Duration,
    /// Requests within the quota.
    pub admitted: u64,
    /// Requests that got a 429 for the quota.
    pub refused: u64,
    /// Requests that a fault answered instead, so that they used no quota.
    pub replaced: u64,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Admitted,
    Refused,
    Replaced,
}

/// What was seen of a client.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Its requests in the time of a window that has just passed, oldest first.
    recent: VecDeque<Instant>,
    most: u64,
    windows: VecDeque<Window>,
}

#[derive(Debug)]
struct Window {
    start: Instant,
    admitted: u64,
    refused: u64,
    replaced: u64,
}

impl Seen {
    pub(super) fn add(&mut self, now: Instant, length: Duration, outcome: Outcome) {
        let is_over = |start: Instant| now.saturating_duration_since(start) >= length;
        while self.recent.front().is_some_and(|first| is_over(*first)) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.most = self.most.max(self.recent.len() as u64);
        if self.windows.back().is_none_or(|last| is_over(last.start)) {
            if self.windows.len() == MAX_WINDOWS {
                self.windows.pop_front();
            }
            self.windows.push_back(Window {
                start: now,
                admitted: 0,
                refused: 0,
                replaced: 0,
            });
        }
        if let Some(window) = self.windows.back_mut() {
            *match outcome {
                Outcome::Admitted => &mut window.admitted,
                Outcome::Refused => &mut window.refused,
                Outcome::Replaced => &mut window.replaced,
            } += 1;
        }
    }

    /// Whether a request was made in the time of a window that has just passed.
    pub(super) fn is_active(&self, now: Instant, length: Duration) -> bool {
        let last = self.recent.back();
        last.is_some_and(|last| now.saturating_duration_since(*last) < length)
    }

    pub(super) fn report(&self, client: String, start: Instant) -> ClientReport {
        let windows = self.windows.iter().map(|window| WindowReport {
            at: window.start.saturating_duration_since(start),
            admitted: window.admitted,
            refused: window.refused,
            replaced: window.replaced,
        });
        ClientReport {
            client,
            most: self.most,
            windows: windows.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn windows_begin_with_a_request_and_the_most_is_of_any_time_as_long() {
        let (minute, start) = (Duration::from_secs(60), Instant::now());
        let mut seen = Seen::default();
        let seconds = [5, 50, 55, 70, 75, 80, 140];
        for (number, second) in seconds.into_iter().enumerate() {
            let at = start + Duration::from_secs(second);
            advance(at - Instant::now()).await;
            let outcome = match number {
                2 => Outcome::Refused,
                4 => Outcome::Replaced,
                _ => Outcome::Admitted,
            };
            seen.add(Instant::now(), minute, outcome);
        }
        let report = seen.report("a".into(), start);
        // 50 to 80.
        assert_eq!(report.most, 5);
        let windows = report.windows.iter().map(|window| {
            let counts = [window.admitted, window.refused, window.replaced];
            (window.at.as_secs(), counts)
        });
        assert!(windows.eq([(5, [2, 1, 0]), (70, [2, 0, 1]), (140, [1, 0, 0])]));
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_newest_windows_are_kept() {
        let (second, start) = (Duration::from_secs(1), Instant::now());
        let mut seen = Seen::default();
        for _ in 0..MAX_WINDOWS + 3 {
            seen.add(Instant::now(), second, Outcome::Admitted);
            advance(second).await;
        }
        let windows = seen.report("a".into(), start).windows;
        assert_eq!((windows.len(), windows[0].at), (MAX_WINDOWS, 3 * second));
    }
}
