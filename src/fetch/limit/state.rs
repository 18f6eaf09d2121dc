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
    /// A permit was taken and the ticket is gone.
    Taken,
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
            turn.map_or(Turn::Taken, |number| {
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

    pub(crate) fn settle(&self, settled: Settled) {
        self.change(|state, now, afterwards| {
            let before = state.slots.next(now);
            state.slots.settle(settled, now);
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
