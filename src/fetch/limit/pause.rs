//! The pause that the service asked for.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any program runs, and short enough to be added to any instant.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 365 * 30 * 3600);

/// Until when no permit may be taken.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    end: Option<Instant>,
}

impl Pause {
    /// Pauses for `wait` from now; the later end wins.
    pub(crate) fn extend(&mut self, wait: Duration, now: Instant) {
        self.end = self.end.max(Some(now + wait.min(LONGEST_PAUSE)));
    }

    /// The end of the latest pause, also after it has passed.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// How much longer, while it lasts.
    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.end?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_end_wins_whichever_comes_last() {
        let now = Instant::now();
        let mut pause = Pause::default();
        assert_eq!(pause.left(now), None);
        for wait in [42, 7] {
            pause.extend(Duration::from_secs(wait), now);
            assert_eq!(pause.left(now), Some(Duration::from_secs(42)));
        }
        assert_eq!(pause.left(now + Duration::from_secs(42)), None);
    }

    #[test]
    fn row_70_the_longest_pause_is_clamped() {
        let now = Instant::now();
        let mut pause = Pause::default();
        pause.extend(Duration::MAX, now);
        assert_eq!(pause.left(now), Some(LONGEST_PAUSE));
        pause.extend(Duration::ZERO, now);
        assert_eq!(pause.left(now), Some(LONGEST_PAUSE));
    }
}
