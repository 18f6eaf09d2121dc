//! The numbers of the quota and its pace: those of the library's own limiter.

use std::time::Duration;

use journey_events::Settled;

use crate::clock::BootTime;

/// How much sooner than a whole period a slot frees after its response: of the period's margin of 1 s, 50 ms
/// are left, since the service had counted the request before it answered.
const ANSWERED_SOONER: Duration = Duration::from_millis(950);

/// The numbers that all processes of a quota have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long a slot is in use: a minute and a margin, for a request that was given up and may still be on
    /// its way, and for clocks that run at different speeds.
    pub(crate) period: Duration,
    /// How long a permit may be kept before its request is sent.
    pub(crate) valid_for: Duration,
    /// How often a process reports that it is alive, and looks at what the others did.
    pub(crate) beat: Duration,
    /// How long the quota of a process that doesn't report counts.
    pub(crate) registered_for: Duration,
    /// Between two permits, once a burst is used up: 50 a second.
    pub(crate) interval: Duration,
    /// How many permits may be granted at once.
    pub(crate) burst: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(60 + 1),
            valid_for: Duration::from_secs(1),
            beat: Duration::from_secs(1),
            registered_for: Duration::from_secs(5),
            interval: Duration::from_millis(20),
            burst: 10,
        }
    }
}

impl Rules {
    /// When the slot of a permit that settled at some time frees; `None` if it is free already.
    pub(crate) fn frees(&self, settled: Settled, at: BootTime) -> Option<BootTime> {
        match settled {
            Settled::NotSent => None,
            Settled::Answered => Some(at.plus(self.period.saturating_sub(ANSWERED_SOONER))),
            // And whatever a later library adds.
            _ => Some(at.plus(self.period)),
        }
    }

    /// A process that was last alive before this can have no request under way that counts: it was
    /// killed at most a beat after it reported, and its requests were given up then.
    pub(crate) fn lost_before(&self, now: BootTime) -> BootTime {
        now.minus(self.period + self.beat)
    }

    /// No permit before this. Requests of before the boot are recorded nowhere, so the whole quota
    /// counts as used at the boot.
    pub(crate) fn first_permit(&self) -> BootTime {
        BootTime::BOOT.plus(self.period)
    }

    /// When the pace allows the next permit; `paced` is when a burst would be available again in full
    /// (the theoretical arrival time of the generic cell rate algorithm).
    pub(crate) fn next_in_pace(&self, paced: BootTime) -> BootTime {
        paced.minus(self.interval * self.burst.saturating_sub(1))
    }

    /// `paced` after another permit.
    pub(crate) fn paced(&self, paced: BootTime, now: BootTime) -> BootTime {
        paced.max(now).plus(self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> BootTime {
        BootTime::BOOT.plus(Duration::from_millis(millis))
    }

    #[test]
    fn a_slot_frees_when_it_would_in_the_librarys_own_window() {
        let rules = Rules::default();
        for (settled, after, frees) in [
            (Settled::NotSent, 300, None),
            (Settled::Answered, 0, Some(60_050)),
            (Settled::Answered, 950, Some(61_000)),
            (Settled::Answered, 4_000, Some(64_050)),
            (Settled::Unanswered, 30_000, Some(91_000)),
        ] {
            assert_eq!(rules.frees(settled, at(after)), frees.map(at));
        }
    }

    #[test]
    fn the_pace_is_a_burst_of_10_and_then_50_a_second() {
        let (rules, mut paced) = (Rules::default(), BootTime::BOOT);
        let mut now = at(100_000);
        let mut granted = Vec::new();
        for _ in 0..60 {
            now = now.max(rules.next_in_pace(paced));
            paced = rules.paced(paced, now);
            granted.push(now.since(at(100_000)).as_millis());
        }
        assert_eq!(granted[..12], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 40]);
        assert_eq!(granted[59], 1_000);
    }
}
