//! What this process knows of the quota, for those who can't wait for the ring.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use journey_events::{Activity, Waiting};

use crate::clock::BootTime;
use crate::quota::ring::View;

/// The quota as of the last exchange with the ring, and the pause as of now.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Locked only to copy it.
    view: Mutex<View>,
    /// The later of this process's own pause and the ring's.
    paused_until: AtomicI64,
}

impl Snapshot {
    pub(crate) fn new(view: View) -> Self {
        Self {
            view: Mutex::new(view),
            paused_until: AtomicI64::new(view.paused_until.as_nanos()),
        }
    }

    pub(crate) fn update(&self, view: View) {
        self.pause(view.paused_until);
        *self.view.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// The later end wins.
    pub(crate) fn pause(&self, until: BootTime) {
        let until = until.as_nanos();
        self.paused_until.fetch_max(until, Ordering::SeqCst);
    }

    pub(crate) fn paused_until(&self) -> BootTime {
        BootTime::from_nanos(self.paused_until.load(Ordering::SeqCst))
    }

    /// How many processes use the quota, as of the last exchange.
    pub(crate) fn members(&self) -> u32 {
        self.view
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .members
    }

    pub(crate) fn activity(&self, now: BootTime) -> Activity {
        let view = *self.view.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |until: BootTime| Some(until.since(now)).filter(|left| *left > Duration::ZERO);
        let pause = left(self.paused_until()).map(Waiting::RetryAfter);
        let is_full = view.free == 0;
        let window = || left(view.full_until).filter(|_| is_full);
        let mut activity = Activity::default();
        activity.permits_left = Some(view.free);
        activity.waiting = pause.or_else(|| window().map(Waiting::Quota));
        activity
    }
}
