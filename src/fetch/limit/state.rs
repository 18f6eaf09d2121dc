//! What all tickets of a limiter share: the queue and the slots, under one lock.

use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::limit::activity::Activity;
use crate::fetch::limit::permit::Settled;
use crate::fetch::limit::queue::Queue;
use crate::fetch::limit::slots::Slots;

/// The state and its lock, which is never held across an await, a wake-up or the drop of a waker: those
/// run code of the task's, which may drop another ticket.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    queue: Queue,
    slots: Slots,
}

/// What to do after the lock is released.
#[derive(Default)]
struct Afterwards {
    wake: Vec<Waker>,
    /// Nothing but dropped.
    drop: Option<Waker>,
}

/// What a poll of a ticket led to.
#[derive(Debug)]
pub(crate) enum Turn {
    /// A permit was taken now and the ticket is gone.
    Taken(Instant),
    /// Wait to be woken, and at most until then.
    Wait(Instant),
}

impl Shared {
    pub(crate) fn new(slots: Slots, now: Instant) -> Self {
        Self(Mutex::new(State {
            queue: Queue::new(now),
            slots,
        }))
    }

    /// Polls a ticket, which is drawn first if there is none.
    pub(crate) fn poll(&self, ticket: &mut Option<u64>, waker: Waker) -> Turn {
        self.change(|State { queue, slots }, now, afterwards| {
            let number = *ticket.get_or_insert_with(|| queue.draw(now));
            afterwards.drop = queue.mark_polled(number, now);
            afterwards.wake = queue.pass_over(number, slots.next(now), now);
            let turn = if queue.is_head(number) && slots.take(now) {
                queue.leave(number);
                *ticket = None;
                None
            } else {
                Some(number)
            };
            afterwards.wake.extend(queue.changed_front(now));
            turn.map_or(Turn::Taken(now), |number| {
                Turn::Wait(queue.wait(number, waker, slots.next(now), now))
            })
        })
    }

    /// Gives up a ticket.
    pub(crate) fn leave(&self, ticket: u64) {
        self.change(|state, now, afterwards| {
            afterwards.drop = state.queue.leave(ticket);
            afterwards.wake = state.queue.changed_front(now);
        });
    }

    pub(crate) fn settle(&self, settled: Settled, taken: Instant) {
        self.change(|state, now, afterwards| {
            let before = state.slots.next(now);
            state.slots.settle(settled, taken, now);
            if state.slots.next(now) != before {
                afterwards.wake = state.queue.front_wakers();
            }
        });
    }

    pub(crate) fn pause(&self, wait: Duration) {
        self.change(|state, now, afterwards| {
            state.slots.pause(wait, now);
            afterwards.wake = state.queue.front_wakers();
        });
    }

    pub(crate) fn activity(&self) -> Activity {
        self.change(|state, now, _| state.slots.activity(now))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State, Instant, &mut Afterwards) -> T) -> T {
        let mut afterwards = Afterwards::default();
        let value = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state, Instant::now(), &mut afterwards)
        };
        let Afterwards { wake, drop } = afterwards;
        wake.into_iter().for_each(Waker::wake);
        std::mem::drop(drop);
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;
    use crate::fetch::limit::rate_limit::RateLimit;

    /// A task that owns another ticket, which is given up when the last of its wakers is dropped.
    struct Owner {
        shared: Arc<Shared>,
        ticket: Option<u64>,
    }

    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            self.ticket
                .into_iter()
                .for_each(|ticket| self.shared.leave(ticket));
        }
    }

    fn poll_pending(shared: &Shared, ticket: &mut Option<u64>, waker: Waker) {
        assert!(matches!(shared.poll(ticket, waker), Turn::Wait(_)));
    }

    type End = fn(&Shared, Option<u64>);

    #[test]
    fn a_waker_may_give_up_another_ticket_when_it_is_woken_dropped_or_replaced() {
        let ends: [(&str, End); 3] = [
            ("woken", |shared, _| shared.pause(Duration::from_secs(9))),
            ("dropped", |shared, ticket| shared.leave(ticket.unwrap())),
            ("replaced", |shared, mut ticket| {
                poll_pending(shared, &mut ticket, Waker::noop().clone());
            }),
        ];
        for (name, end) in ends {
            let now = Instant::now();
            let limit = RateLimit::unlimited().checked().unwrap();
            let shared = Arc::new(Shared::new(Slots::new(limit, Duration::ZERO, now), now));
            shared.pause(Duration::from_secs(3600));
            let mut owner = Owner {
                shared: Arc::clone(&shared),
                ticket: None,
            };
            poll_pending(&shared, &mut owner.ticket, Waker::noop().clone());
            let owner = Arc::new(owner);
            let remains = Arc::downgrade(&owner);
            let mut ticket = None;
            poll_pending(&shared, &mut ticket, owner.into());
            end(&shared, ticket);
            assert!(remains.upgrade().is_none(), "{name}: it gave up its ticket");
        }
    }
}
