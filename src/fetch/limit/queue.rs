//! Who is next: tickets in the order they were drawn, without those whose task isn't polled.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

/// How long a slot waits for the ticket at the head to be polled.
const GRACE: Duration = Duration::from_millis(100);
/// How often a waiting task looks at the queue, woken or not.
const LOOK: Duration = Duration::from_secs(1);
/// A ticket that wasn't polled for so long is passed over, even before its slot.
const AWAY_AFTER: Duration = Duration::from_secs(2);

/// The tickets.
///
/// The head sleeps until its slot. The one behind it sleeps until 100 ms after that, in case the head
/// isn't polled; the others look once a second, each at another part of it. A head that misses its slot is
/// passed over. It is rarely the only one, since a stalled runtime stops all its tasks. So all
/// tickets are called, by waking them, and those that aren't polled within 100 ms are passed over too:
/// any number of tickets that aren't polled delays the others by one slot's grace and one call's. A
/// ticket that was passed over has its place back as soon as it is polled.
#[derive(Debug)]
pub(crate) struct Queue {
    drawn: u64,
    present: BTreeMap<u64, Waiter>,
    /// Passed over, until they are polled.
    away: BTreeMap<u64, Waiter>,
    /// The head and the one behind it, when they were last woken for a change.
    front: [Option<u64>; 2],
    /// Since when the head is the head.
    head_since: Instant,
    call: Option<Call>,
    start: Instant,
}

/// The last call.
#[derive(Clone, Copy, Debug)]
struct Call {
    number: u64,
    at: Instant,
}

/// One ticket's task.
#[derive(Debug)]
struct Waiter {
    polled: Instant,
    /// The call that its last poll answered.
    answered: u64,
    /// `None` if it was woken and not polled since.
    waker: Option<Waker>,
}

impl Queue {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            drawn: 0,
            present: BTreeMap::new(),
            away: BTreeMap::new(),
            front: [None; 2],
            head_since: now,
            call: None,
            start: now,
        }
    }

    /// Draws the last ticket.
    pub(crate) fn draw(&mut self, now: Instant) -> u64 {
        self.drawn += 1;
        let waiter = Waiter {
            polled: now,
            answered: self.calls(),
            waker: None,
        };
        self.present.insert(self.drawn, waiter);
        self.drawn
    }

    /// Notes that a ticket is being polled, which gives it its place back. Returns its former waker, to be
    /// dropped outside the lock.
    pub(crate) fn mark_polled(&mut self, ticket: u64, now: Instant) -> Option<Waker> {
        if let Some(waiter) = self.away.remove(&ticket) {
            self.present.insert(ticket, waiter);
        }
        let answered = self.calls();
        let waiter = self.present.get_mut(&ticket)?;
        waiter.polled = now;
        waiter.answered = answered;
        waiter.waker.take()
    }

    /// Passes over tickets in front of the one given, which is being polled, if they missed their slot.
    /// `slot` is since when, or when, a permit may be taken. Returns whom to wake.
    pub(crate) fn pass_over(&mut self, ticket: u64, slot: Instant, now: Instant) -> Vec<Waker> {
        let mut called = Vec::new();
        self.skip_absent(now);
        while let Some(head) = self.head().filter(|head| *head < ticket)
            && now >= slot.max(self.head_since) + GRACE
        {
            self.set_aside(head, now);
            called.extend(self.call_all(now));
            self.skip_absent(now);
        }
        called
    }

    /// Passes over tickets at the front whose tasks are known not to be polled.
    fn skip_absent(&mut self, now: Instant) {
        for place in 0..2 {
            while let Some((ticket, waiter)) = self.present.iter().nth(place)
                && self.is_absent(waiter, now)
            {
                self.set_aside(*ticket, now);
            }
        }
    }

    fn is_absent(&self, waiter: &Waiter, now: Instant) -> bool {
        let missed_call =
            (self.call).is_some_and(|call| waiter.answered < call.number && now >= call.at + GRACE);
        missed_call || now >= waiter.polled + AWAY_AFTER
    }

    fn set_aside(&mut self, ticket: u64, now: Instant) {
        if self.is_head(ticket) {
            self.head_since = now;
        }
        if let Some(waiter) = self.present.remove(&ticket) {
            self.away.insert(ticket, waiter);
        }
    }

    fn call_all(&mut self, now: Instant) -> impl Iterator<Item = Waker> {
        let number = self.calls() + 1;
        self.call = Some(Call { number, at: now });
        let waiters = self.present.values_mut();
        waiters.filter_map(|waiter| waiter.waker.take())
    }

    fn calls(&self) -> u64 {
        self.call.map_or(0, |call| call.number)
    }

    pub(crate) fn is_head(&self, ticket: u64) -> bool {
        self.head() == Some(ticket)
    }

    fn head(&self) -> Option<u64> {
        self.present.keys().next().copied()
    }

    /// Keeps the waker of a ticket that is being polled, and returns when it should look again.
    pub(crate) fn wait(
        &mut self,
        ticket: u64,
        waker: Waker,
        slot: Instant,
        now: Instant,
    ) -> Instant {
        let answered = self.calls();
        if let Some(waiter) = self.present.get_mut(&ticket) {
            waiter.answered = answered;
            waiter.waker = Some(waker);
        }
        let look = self.next_look(ticket, now);
        let is_open = slot <= now;
        let is_second = self.present.keys().nth(1) == Some(&ticket);
        if self.is_head(ticket) {
            slot.min(look)
        } else if is_second || is_open {
            (slot.max(self.head_since) + GRACE).min(look)
        } else {
            look
        }
    }

    /// Within a second, and spread over it, so that of many waiters one soon looks at a head that isn't
    /// polled.
    fn next_look(&self, ticket: u64, now: Instant) -> Instant {
        /// The golden ratio's part of a second: multiples of it are spread evenly.
        const STEP: u128 = LOOK.as_nanos() * 618_034 / 1_000_000;
        let phase = u128::from(ticket) * STEP;
        let since_start = now.saturating_duration_since(self.start).as_nanos();
        let since_look =
            (since_start + LOOK.as_nanos() - phase % LOOK.as_nanos()) % LOOK.as_nanos();
        // Less than a second.
        let since_look = u64::try_from(since_look).unwrap_or_default();
        now + LOOK.saturating_sub(Duration::from_nanos(since_look))
    }

    /// Removes a ticket. Returns its waker, to be dropped outside the lock.
    pub(crate) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        let waiter = self.present.remove(&ticket);
        waiter.or_else(|| self.away.remove(&ticket))?.waker
    }

    /// Whom to wake because it is now the head, or the one behind it.
    pub(crate) fn changed_front(&mut self, now: Instant) -> Vec<Waker> {
        self.skip_absent(now);
        let front = self.front_now();
        if front == self.front {
            return Vec::new();
        }
        if front[0] != self.front[0] {
            self.head_since = now;
        }
        let moved = front.into_iter().zip(self.front);
        let moved: Vec<_> = moved.filter(|(now, before)| now != before).collect();
        self.front = front;
        let waiters = moved.into_iter().filter_map(|(ticket, _)| ticket);
        waiters
            .filter_map(|ticket| self.present.get_mut(&ticket)?.waker.take())
            .collect()
    }

    /// The wakers of the head and of the one behind it, because the next slot moved.
    pub(crate) fn front_wakers(&mut self) -> Vec<Waker> {
        let front = self.present.values_mut().take(2);
        front.filter_map(|waiter| waiter.waker.take()).collect()
    }

    fn front_now(&self) -> [Option<u64>; 2] {
        let mut tickets = self.present.keys().copied();
        [tickets.next(), tickets.next()]
    }
}
