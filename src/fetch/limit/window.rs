//! The quota's window: which of its slots are in use, and when the next one frees.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::limit::permit::Settled;

/// How much sooner than a whole period a slot frees after its response: of the period's margin of 1 s, 50 ms
/// are left, since the service had counted the request before it answered. What is left is for clocks that run
/// at different speeds, 800 parts in a million at most.
const ANSWERED_SOONER: Duration = Duration::from_millis(950);

/// A permit that hasn't settled for so long counts as one whose request was given up: its runtime isn't
/// driven, or its response takes long, and then the service has counted it. On a runtime that is driven a
/// request is sent sooner: after a second with the permit, and the time to connect, twice at most.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// A slot is in use until a minute and 50 ms after its response, or a period after its request was given up.
/// Then no minute of the service's clock ever has more requests than there are slots, however long each of
/// them took to arrive.
///
/// The exception is a request whose runtime stalled for over a minute before it was sent.
#[derive(Debug)]
pub(crate) struct Window {
    slots: usize,
    period: Duration,
    /// When the permits that haven't settled were taken, in order.
    pending: VecDeque<Instant>,
    /// When the slots of settled permits free, in order.
    freeing: VecDeque<Instant>,
    /// Since when a slot is free, if one is.
    free_since: Instant,
}

impl Window {
    pub(crate) fn new(slots: NonZeroU32, period: Duration, now: Instant) -> Self {
        Self {
            slots: slots.get() as usize,
            period,
            pending: VecDeque::new(),
            freeing: VecDeque::new(),
            free_since: now,
        }
    }

    /// Since when a slot is free, or when the next one frees at the latest.
    pub(crate) fn next(&mut self, now: Instant) -> Instant {
        self.release(now);
        if !self.is_full() {
            return self.free_since;
        }
        let given_up = self.pending.front().map(|taken| self.given_up(*taken));
        let frees = self.freeing.front().copied();
        // A full window has at least one slot, which is pending or freeing.
        given_up.into_iter().chain(frees).min().unwrap_or(now)
    }

    /// Takes a slot, which must be free.
    pub(crate) fn take(&mut self, now: Instant) {
        debug_assert!(!self.is_full());
        self.pending.push_back(now);
    }

    /// Settles a permit that was taken at some time: its slot frees at once if nothing was sent.
    pub(crate) fn settle(&mut self, settled: Settled, taken: Instant, now: Instant) {
        self.release(now);
        let was_full = self.is_full();
        let was_pending = match self.pending.binary_search(&taken) {
            Ok(index) => self.pending.remove(index).is_some(),
            Err(_) => self.take_back(taken),
        };
        let frees = match settled {
            Settled::NotSent => {
                if was_pending && was_full {
                    self.free_since = now;
                }
                return;
            }
            Settled::Answered => self.frees_if_answered(now),
            Settled::Unanswered => now + self.period,
        };
        self.free_at(frees);
    }

    pub(crate) fn free(&mut self, now: Instant) -> u32 {
        self.release(now);
        u32::try_from(self.slots.saturating_sub(self.in_use())).unwrap_or(u32::MAX)
    }

    /// How much longer no slot is free, if requests on their way are answered now.
    pub(crate) fn full_for(&mut self, now: Instant) -> Option<Duration> {
        let mut next = self.next(now);
        if !self.pending.is_empty() {
            next = next.min(self.frees_if_answered(now));
        }
        (self.is_full()).then(|| next.saturating_duration_since(now))
    }

    fn release(&mut self, now: Instant) {
        while let Some(taken) = self.pending.front().copied()
            && taken + GIVEN_UP_AFTER <= now
        {
            self.pending.pop_front();
            self.free_at(self.given_up(taken));
        }
        while let Some(frees) = self.freeing.front().copied().filter(|frees| *frees <= now) {
            if self.is_full() {
                self.free_since = frees;
            }
            self.freeing.pop_front();
        }
    }

    fn frees_if_answered(&self, now: Instant) -> Instant {
        now + self.period.saturating_sub(ANSWERED_SOONER)
    }

    /// When the slot of a permit frees that never settles.
    fn given_up(&self, taken: Instant) -> Instant {
        taken + GIVEN_UP_AFTER + self.period
    }

    /// Takes back that a permit counts as given up; whether its slot was still in use for that.
    fn take_back(&mut self, taken: Instant) -> bool {
        let given_up = self.given_up(taken);
        let place = self.freeing.binary_search(&given_up);
        place.is_ok_and(|index| self.freeing.remove(index).is_some())
    }

    fn free_at(&mut self, frees: Instant) {
        let index = self.freeing.partition_point(|other| *other <= frees);
        self.freeing.insert(index, frees);
    }

    fn in_use(&self) -> usize {
        self.pending.len() + self.freeing.len()
    }

    fn is_full(&self) -> bool {
        self.in_use() >= self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(61);

    fn window(slots: u32, now: Instant) -> Window {
        Window::new(NonZeroU32::new(slots).unwrap(), PERIOD, now)
    }

    #[test]
    fn a_slot_frees_a_period_after_its_request_was_given_up() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut window = window(1, start);
        window.take(start);
        window.settle(Settled::Unanswered, start, after(40));
        assert_eq!(window.next(after(100)), after(101));
        assert_eq!(window.full_for(after(100)), Some(Duration::from_secs(1)));
        assert_eq!(window.free(after(100)), 0);
        assert_eq!(window.next(after(200)), after(101), "free since");
        assert_eq!(window.full_for(after(200)), None);
        assert_eq!(window.free(after(200)), 1);
    }

    #[test]
    fn row_61_a_permit_that_never_settles_counts_as_given_up_after_a_minute() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut window = window(1, start);
        window.take(start);
        assert_eq!(window.next(start), after(121));
        assert_eq!(window.free(after(120)), 0);
        assert_eq!(window.free(after(121)), 1);
        // It does settle: its request may have been sent only now.
        window.settle(Settled::Answered, start, after(130));
        assert_eq!(
            window.next(after(130)),
            after(190) + Duration::from_millis(50)
        );
    }

    #[test]
    fn a_slow_response_holds_one_slot() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut window = window(2, start);
        window.take(start);
        assert_eq!(window.free(after(64)), 1);
        window.settle(Settled::Answered, start, after(65));
        assert_eq!(window.free(after(121)), 1);
        assert_eq!(window.free(after(126)), 2);
    }

    #[test]
    fn a_permit_that_was_not_sent_returns_its_slot_even_after_it_counted_as_given_up() {
        let start = Instant::now();
        let later = start + Duration::from_secs(65);
        let mut window = window(1, start);
        window.take(start);
        assert_eq!(window.free(later), 0);
        window.settle(Settled::NotSent, start, later);
        assert_eq!(window.next(later), later);
    }

    #[test]
    fn a_permit_given_up_and_then_not_sent_frees_its_slot_once() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut window = window(1, start);
        window.take(start);
        assert_eq!(window.free(after(121)), 1);
        window.take(after(121));
        window.settle(Settled::NotSent, start, after(122));
        assert_eq!(window.free(after(122)), 0);
    }

    #[test]
    fn a_slot_frees_a_minute_and_50_ms_after_its_response() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        for (responded, frees) in [(0, 60_050), (950, 61_000), (4_000, 64_050)] {
            let mut window = window(1, start);
            window.take(start);
            window.settle(Settled::Answered, start, after(responded));
            assert_eq!(window.next(after(responded)), after(frees));
        }
    }

    #[test]
    fn slots_free_in_order_whatever_order_their_permits_settle_in() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut window = window(2, start);
        window.take(start);
        window.take(after(100));
        window.settle(Settled::Answered, after(100), after(200));
        window.settle(Settled::Answered, start, after(300));
        assert_eq!(window.next(after(300)), after(60_250));
        assert_eq!(window.free(after(60_250)), 1);
        assert_eq!(window.free(after(60_350)), 2);
    }

    #[test]
    fn the_slot_of_a_permit_that_was_not_sent_frees_at_once() {
        let start = Instant::now();
        let later = start + Duration::from_secs(3);
        let mut window = window(1, start);
        window.take(start);
        window.settle(Settled::NotSent, start, later);
        assert_eq!(window.next(later), later);
        assert_eq!(window.free(later), 1);
    }

    #[test]
    fn the_window_never_holds_more_than_its_slots() {
        let mut now = Instant::now();
        let mut window = window(10, now);
        let mut random = fastrand::Rng::with_seed(17);
        for _ in 0..20_000 {
            now += Duration::from_millis(random.u64(..10_000));
            if window.next(now) <= now {
                window.take(now);
            } else if let Some(taken) = window.pending.front().copied() {
                window.settle(Settled::Answered, taken, now);
            }
            assert!(window.in_use() <= 10);
        }
        assert!(window.freeing.capacity() <= 16, "memory is bounded");
    }

    #[test]
    fn row_70_the_largest_quota_allocates_nothing() {
        let now = Instant::now();
        let mut window = window(u32::MAX, now);
        assert_eq!(window.free(now), u32::MAX);
        assert_eq!(window.freeing.capacity(), 0);
    }
}
