//! Pauses after 429: all requests of a client wait together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::failure::{PauseEntry, QuotaPause};
use crate::fetch::retry::backoff;

/// First and longest pause after a 429 that names no wait. Seven of them, between eight attempts, last
/// 95 s, which outlasts the quota's window of 60 s.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST_UNNAMED: Duration = Duration::from_secs(32);

/// The pauses of one client.
#[derive(Debug, Default)]
pub(crate) struct Pauses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the last pause ends or ended.
    until: Option<Instant>,
    /// The same of those whose length the service didn't name.
    unnamed_until: Option<Instant>,
    /// How many of those there were in a row.
    unnamed: u32,
}

impl Pauses {
    /// Starts or joins the pause that follows a 429. None follows one that names a longer wait than
    /// allowed.
    pub(crate) fn after_429(
        &self,
        named: Option<Duration>,
        longest: Duration,
    ) -> Option<QuotaPause> {
        match named {
            None => Some(self.unnamed()),
            Some(wait) if wait <= longest => Some(self.named(wait)),
            Some(_) => None,
        }
    }

    /// Starts or joins a pause whose length the service named.
    fn named(&self, wait: Duration) -> QuotaPause {
        let now = Instant::now();
        let mut state = self.state();
        let entry = entry(state.until, now);
        state.until = state.until.max(now.checked_add(wait));
        QuotaPause { left: wait, entry }
    }

    /// Joins the running pause of those that the service named no length for, or starts one: of 1 s, or
    /// twice as long as the one before if no request succeeded since, up to 32 s, plus jitter.
    fn unnamed(&self) -> QuotaPause {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(until) = state.unnamed_until.filter(|until| *until > now) {
            return QuotaPause {
                left: until - now,
                entry: PauseEntry::Joined,
            };
        }
        let entry = entry(state.until, now);
        let left = unnamed_wait(state.unnamed);
        state.unnamed = state.unnamed.saturating_add(1);
        state.unnamed_until = Some(now + left);
        state.until = state.until.max(state.unnamed_until);
        QuotaPause { left, entry }
    }

    /// A request sent at this time succeeded, so the next pause is short again. One that was sent before
    /// the last pause ended says nothing about what follows it.
    pub(crate) fn succeeded(&self, sent: Instant) {
        let mut state = self.state();
        if state.unnamed_until.is_none_or(|until| until <= sent) {
            state.unnamed = 0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(until: Option<Instant>, now: Instant) -> PauseEntry {
    match until {
        Some(until) if until > now => PauseEntry::Joined,
        _ => PauseEntry::Started,
    }
}

/// How long to wait after a 429 that names no wait, after this many of the kind.
pub(crate) fn unnamed_wait(before: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX));
    backoff::at_least(doubled.min(LONGEST_UNNAMED))
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    /// Whole seconds, without the jitter, which is less than one.
    fn seconds(pause: QuotaPause) -> (u64, PauseEntry) {
        (pause.left.as_secs(), pause.entry)
    }

    #[tokio::test(start_paused = true)]
    async fn row_76_unnamed_pauses_double_to_32_seconds_and_outlast_a_window() {
        let (pauses, start) = (Pauses::default(), Instant::now());
        for expected in [1, 2, 4, 8, 16, 32, 32] {
            let pause = pauses.unnamed();
            assert_eq!(seconds(pause), (expected, PauseEntry::Started));
            sleep(pause.left).await;
        }
        assert!(start.elapsed() > Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_during_an_unnamed_pause_joins_it_instead_of_doubling_it() {
        let pauses = Pauses::default();
        let first = pauses.unnamed();
        advance(Duration::from_millis(600)).await;
        for _ in 0..200 {
            let joined = pauses.unnamed();
            assert_eq!(joined.entry, PauseEntry::Joined);
            assert_eq!(joined.left + Duration::from_millis(600), first.left);
        }
        sleep(first.left).await;
        assert_eq!(seconds(pauses.unnamed()), (2, PauseEntry::Started));
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_resets_the_pauses_unless_it_was_sent_before_the_last_one_ended() {
        let pauses = Pauses::default();
        let sent = Instant::now();
        sleep(pauses.unnamed().left).await;
        pauses.succeeded(sent);
        assert_eq!(seconds(pauses.unnamed()).0, 2);
        sleep(Duration::from_secs(3)).await;
        pauses.succeeded(Instant::now());
        assert_eq!(seconds(pauses.unnamed()).0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_named_pause_is_as_long_as_named_and_joined_while_it_runs() {
        let pauses = Pauses::default();
        let wait = Duration::from_secs(42);
        assert_eq!(seconds(pauses.named(wait)), (42, PauseEntry::Started));
        assert_eq!(seconds(pauses.named(wait)), (42, PauseEntry::Joined));
        assert_eq!(seconds(pauses.unnamed()), (1, PauseEntry::Joined));
        sleep(wait).await;
        assert_eq!(seconds(pauses.named(Duration::MAX)).1, PauseEntry::Started);
    }
}
