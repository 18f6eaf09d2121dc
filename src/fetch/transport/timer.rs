//! Timers that forgive a stalled runtime.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// A timer that is armed once more if it is found so late that the runtime must have stalled: what
/// it waits for may have arrived in the meantime, unread.
#[derive(Debug)]
pub(crate) struct Timer {
    sleep: Pin<Box<Sleep>>,
    period: Duration,
    /// How late shows a stall.
    stall: Duration,
    start: Instant,
    is_rearmed: bool,
}

/// What a timer that rings reports.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    Expired,
    /// Late by this much, and armed once more.
    Stalled(Duration),
}

impl Timer {
    pub(crate) fn new(period: Duration, stall: Duration) -> Self {
        Self {
            sleep: Box::pin(sleep(period)),
            period,
            stall,
            start: Instant::now(),
            is_rearmed: false,
        }
    }

    /// Starts over at `start`, if that is later than its last start.
    pub(crate) fn start_at(&mut self, start: Instant) {
        if start > self.start {
            self.is_rearmed = false;
            self.arm(start);
        }
    }

    /// After [`Ring::Stalled`] it must be polled again.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ring> {
        ready!(self.sleep.as_mut().poll(cx));
        let late = self.sleep.deadline().elapsed();
        if late <= self.stall || self.is_rearmed {
            return Poll::Ready(Ring::Expired);
        }
        self.is_rearmed = true;
        self.arm(Instant::now());
        Poll::Ready(Ring::Stalled(late))
    }

    /// Awaits a future until this rings, forgiving one stall. `None` if it rang.
    pub(crate) async fn limit<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Some(output));
                }
                if ready!(self.poll(cx)) == Ring::Expired {
                    return Poll::Ready(None);
                }
            }
        })
        .await
    }

    fn arm(&mut self, start: Instant) {
        self.start = start;
        // Settings are clamped, so this can't overflow.
        self.sleep.as_mut().reset(start + self.period);
    }
}

/// What a transport tells of an attempt under way.
#[derive(Debug)]
pub(crate) struct Signs(Mutex<(Instant, Duration)>);

impl Signs {
    pub(crate) fn new() -> Self {
        Self(Mutex::new((Instant::now(), Duration::ZERO)))
    }

    fn lock(&self) -> MutexGuard<'_, (Instant, Duration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something arrived now.
    pub(crate) fn arrived(&self) {
        self.lock().0 = Instant::now();
    }

    /// The runtime stalled for this long, and the attempt starts over now.
    pub(crate) fn stalled(&self, stall: Duration) {
        *self.lock() = (Instant::now(), stall);
    }

    /// Since when nothing arrived.
    pub(crate) fn silent_since(&self) -> Instant {
        self.lock().0
    }

    /// Returns the stall noted since the last call.
    pub(crate) fn take_stall(&self) -> Duration {
        mem::take(&mut self.lock().1)
    }
}
