//! One request that waits for its permit, and how it talks to the quota's thread.

use std::mem;
use std::pin::Pin;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use journey_events::{Error, ErrorKind, Permit};

use crate::quota::ring::Settlement;

/// What is sent to the quota's thread.
#[derive(Debug)]
pub(crate) enum Message {
    /// A request waits, for the first time or again.
    Wait(Entry),
    /// The waiter with this number is gone.
    Leave(u64),
    /// A permit ended.
    Settled(Settlement),
    /// There is a longer pause.
    Paused,
    /// No more permits will be requested. Answered once the other processes can know.
    Close(Sender<()>),
}

type Outcome = Result<Permit, Error>;

/// A request that waits, shared by its future and the quota's thread.
#[derive(Debug)]
pub(crate) struct Waiter {
    number: u64,
    outbox: Sender<Message>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    place: Place,
    waker: Option<Waker>,
    /// Whether it was polled since it was last called.
    answered: bool,
}

#[derive(Debug)]
enum Place {
    Queued,
    /// Not in the queue, because its task isn't polled.
    Away,
    Served(Box<Outcome>),
    Gone,
}

impl Waiter {
    /// The lock is never held while a waker or permit is woken, called or dropped: a waker runs code of
    /// its task's, which may drop another waiter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(self: &Arc<Self>, waker: &Waker) -> Poll<Outcome> {
        let (place, _former) = {
            let mut state = self.state();
            let next = match state.place {
                Place::Queued | Place::Away => Place::Queued,
                Place::Served(_) | Place::Gone => Place::Gone,
            };
            state.answered = true;
            let former = state.waker.replace(waker.clone());
            (mem::replace(&mut state.place, next), former)
        };
        match place {
            Place::Queued => Poll::Pending,
            Place::Away => {
                self.enter();
                Poll::Pending
            }
            Place::Served(outcome) => Poll::Ready(*outcome),
            Place::Gone => Poll::Ready(Err(ended())),
        }
    }

    /// Enters the queue. If the quota's thread has ended, the entry is dropped, which wakes the waiter with
    /// an error.
    fn enter(self: &Arc<Self>) {
        let entry = Entry(Some(Arc::clone(self)));
        let _ = self.outbox.send(Message::Wait(entry));
    }

    fn leave(&self) {
        let (place, _waker) = {
            let mut state = self.state();
            let place = mem::replace(&mut state.place, Place::Gone);
            (place, state.waker.take())
        };
        if matches!(place, Place::Queued) {
            let _ = self.outbox.send(Message::Leave(self.number));
        }
    }

    /// Returns the outcome if the waiter is gone.
    fn serve(&self, outcome: Outcome) -> Result<(), Outcome> {
        let waker = {
            let mut state = self.state();
            if !matches!(state.place, Place::Queued) {
                return Err(outcome);
            }
            state.place = Place::Served(Box::new(outcome));
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Takes back a permit that wasn't picked up; the waiter is away until it is polled.
    pub(crate) fn take_back(&self) -> Option<Permit> {
        let place = {
            let mut state = self.state();
            match &state.place {
                Place::Served(outcome) if outcome.is_ok() => {
                    mem::replace(&mut state.place, Place::Away)
                }
                _ => return None,
            }
        };
        match place {
            Place::Served(outcome) => outcome.ok(),
            _ => None,
        }
    }
}

/// A waiter's place in the queue. Dropping it, because the quota's thread ends, fails the waiter.
#[derive(Debug)]
pub(crate) struct Entry(Option<Arc<Waiter>>);

impl Entry {
    pub(crate) fn number(&self) -> Option<u64> {
        self.0.as_ref().map(|waiter| waiter.number)
    }

    /// Where the waiter's permit reports how it ended.
    pub(crate) fn outbox(&self) -> Option<Sender<Message>> {
        self.0.as_ref().map(|waiter| waiter.outbox.clone())
    }

    /// Serves the waiter, which is returned, or returns the outcome if it is gone.
    pub(crate) fn serve(mut self, outcome: Outcome) -> Result<Arc<Waiter>, Outcome> {
        match self.0.take() {
            Some(waiter) => waiter.serve(outcome).map(|()| waiter),
            None => Err(outcome),
        }
    }

    /// Wakes the waiter, to see whether it is polled.
    pub(crate) fn call(&self) {
        let Some(waiter) = &self.0 else { return };
        let waker = {
            let mut state = waiter.state();
            state.answered = false;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn has_answered(&self) -> bool {
        let answered = |waiter: &Arc<Waiter>| waiter.state().answered;
        self.0.as_ref().is_some_and(answered)
    }

    /// Leaves the queue until the waiter is polled.
    pub(crate) fn set_aside(mut self) {
        let Some(waiter) = self.0.take() else { return };
        let was_polled = {
            let mut state = waiter.state();
            if matches!(state.place, Place::Queued) {
                state.place = Place::Away;
            }
            state.answered
        };
        // It was polled just now, too late to keep its place and too early to take it again.
        if was_polled {
            let waker = waiter.state().waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(waiter) = self.0.take() {
            let _ = waiter.serve(Err(ended()));
        }
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Unavailable, "the shared quota has ended")
}

/// The wait for one permit. It enters the queue at the first poll, and leaves it on drop. It has no timer, so
/// it belongs to no runtime.
#[derive(Debug)]
pub(crate) struct Ticket<'a, D> {
    draw: D,
    outbox: &'a Sender<Message>,
    waiter: Option<Arc<Waiter>>,
}

impl<'a, D: FnMut() -> u64 + Unpin> Ticket<'a, D> {
    /// `draw` returns the next number of the queue.
    pub(crate) fn new(draw: D, outbox: &'a Sender<Message>) -> Self {
        Self {
            draw,
            outbox,
            waiter: None,
        }
    }
}

impl<D: FnMut() -> u64 + Unpin> Future for Ticket<'_, D> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let this = &mut *self;
        if let Some(waiter) = &this.waiter {
            return waiter.poll(cx.waker());
        }
        let state = State {
            place: Place::Queued,
            waker: Some(cx.waker().clone()),
            answered: true,
        };
        let waiter = this.waiter.insert(Arc::new(Waiter {
            number: (this.draw)(),
            outbox: this.outbox.clone(),
            state: Mutex::new(state),
        }));
        waiter.enter();
        Poll::Pending
    }
}

impl<D> Drop for Ticket<'_, D> {
    fn drop(&mut self) {
        if let Some(waiter) = &self.waiter {
            waiter.leave();
        }
    }
}
