//! The quota's window: which of its slots are in use, and when the next one frees.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::limit::permit::Settled;

/// A slot is in use from the moment its permit is taken until a period after the permit settled, when
/// its request can't reach the service any more. So no period of the service's clock ever has more
/// requests than there are slots, however long each of them took to arrive.
#[derive(Debug)]
pub(crate) struct Window {
    slots: usize,
    period: Duration,
    /// Permits that haven't settled.
    pending: usize,
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
            pending: 0,
            freeing: VecDeque::new(),
            free_since: now,
        }
    }

    /// Since when a slot is free, or when the next one frees; `None` if that depends on permits that
    /// haven't settled.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Instant> {
        self.release(now);
        if self.is_full() {
            self.freeing.front().copied()
        } else {
            Some(self.free_since)
        }
    }

    /// Takes a slot, which must be free.
    pub(crate) fn take(&mut self) {
        debug_assert!(!self.is_full());
        self.pending += 1;
    }

    /// Settles a permit: its slot frees a period from now, or at once if nothing was sent.
    pub(crate) fn settle(&mut self, settled: Settled, now: Instant) {
        self.release(now);
        if self.is_full() && settled == Settled::NotSent {
            self.free_since = now;
        }
        self.pending -= 1;
        if settled != Settled::NotSent {
            self.freeing.push_back(now + self.period);
        }
    }

    pub(crate) fn free(&mut self, now: Instant) -> u32 {
        self.release(now);
        u32::try_from(self.slots - self.in_use()).unwrap_or(u32::MAX)
    }

    /// How much longer no slot is free, at least.
    pub(crate) fn full_for(&mut self, now: Instant) -> Option<Duration> {
        self.release(now);
        let frees = self.freeing.front();
        self.is_full().then(|| match frees {
            Some(frees) => frees.saturating_duration_since(now),
            None => self.period,
        })
    }

    fn release(&mut self, now: Instant) {
        while let Some(frees) = self.freeing.front().copied().filter(|frees| *frees <= now) {
            if self.is_full() {
                self.free_since = frees;
            }
            self.freeing.pop_front();
        }
    }

    fn in_use(&self) -> usize {
        self.pending + self.freeing.len()
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
    fn a_slot_frees_a_period_after_its_permit_settled() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        for settled in [Settled::Answered, Settled::Unanswered] {
            let mut window = window(1, start);
            window.take();
            assert_eq!(window.next(after(100)), None, "it depends on the answer");
            assert_eq!(window.full_for(after(100)), Some(PERIOD));
            window.settle(settled, after(100));
            assert_eq!(window.next(after(160)), Some(after(161)));
            assert_eq!(window.full_for(after(160)), Some(Duration::from_secs(1)));
            assert_eq!(window.free(after(160)), 0);
            assert_eq!(window.next(after(200)), Some(after(161)), "free since");
            assert_eq!(window.full_for(after(200)), None);
            assert_eq!(window.free(after(200)), 1);
        }
    }

    #[test]
    fn the_slot_of_a_permit_that_was_not_sent_frees_at_once() {
        let start = Instant::now();
        let later = start + Duration::from_secs(3);
        let mut window = window(1, start);
        window.take();
        window.settle(Settled::NotSent, later);
        assert_eq!(window.next(later), Some(later));
        assert_eq!(window.free(later), 1);
    }

    #[test]
    fn the_window_never_holds_more_than_its_slots() {
        let mut now = Instant::now();
        let mut window = window(10, now);
        let mut random = fastrand::Rng::with_seed(17);
        for _ in 0..20_000 {
            now += Duration::from_millis(random.u64(..10_000));
            if window.next(now).is_some_and(|next| next <= now) {
                window.take();
            } else if window.pending > 0 {
                window.settle(Settled::Answered, now);
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
