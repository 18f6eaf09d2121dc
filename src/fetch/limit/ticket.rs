//! The wait for one permit.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::fetch::limit::state::{Shared, Turn};

/// A place in the queue, drawn at the first poll and given up on drop.
///
/// Its timer is one of the runtime that polls it, created again for each wait, so that a ticket may move to
/// another runtime.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    shared: &'a Shared,
    number: Option<u64>,
    look: Option<Pin<Box<Sleep>>>,
}

impl<'a> Ticket<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            number: None,
            look: None,
        }
    }
}

impl Future for Ticket<'_> {
    type Output = Instant;

    /// Ready once a permit was taken; returns when.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let this = &mut *self;
        loop {
            match this.shared.poll(&mut this.number, cx.waker().clone()) {
                Turn::Taken(at) => return Poll::Ready(at),
                Turn::Wait(until) => {
                    let look = this.look.insert(Box::pin(sleep_until(until)));
                    ready!(look.as_mut().poll(cx));
                }
            }
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.shared.leave(number);
        }
    }
}
