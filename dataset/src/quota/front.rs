//! What all quotas that are shared have in common: who waits here, and the thread that serves them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{io, thread};

use futures::future::BoxFuture;
use journey_events::{Activity, Error, Permit};

use crate::clock::BootTime;
use crate::quota::dispatcher::Dispatcher;
use crate::quota::ring::{Ring, View};
use crate::quota::rules::Rules;
use crate::quota::snapshot::Snapshot;
use crate::quota::waiter::{Message, Ticket};

/// How long dropping a quota may take: it takes a fraction of a millisecond, or one round trip, unless the
/// ring can't be reached.
const FAREWELL: Duration = Duration::from_millis(200);

/// The side of a quota that requests see. Nothing here blocks, except dropping it.
#[derive(Debug)]
pub(crate) struct Front {
    outbox: Sender<Message>,
    snapshot: Arc<Snapshot>,
    /// The number of the last waiter.
    drawn: AtomicU64,
}

impl Front {
    /// Starts the thread that brings waiters and a ring together.
    pub(crate) fn start(ring: impl Ring, rules: Rules, view: View) -> io::Result<Self> {
        let snapshot = Arc::new(Snapshot::new(view));
        let (outbox, inbox) = channel();
        let dispatcher = Dispatcher::new(ring, rules, Arc::clone(&snapshot));
        thread::Builder::new()
            .name("journey-events-quota".to_owned())
            .spawn(move || dispatcher.run(&inbox))?;
        Ok(Self {
            outbox,
            snapshot,
            drawn: AtomicU64::new(0),
        })
    }

    pub(crate) fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        let draw = || self.drawn.fetch_add(1, Ordering::SeqCst);
        Box::pin(Ticket::new(draw, &self.outbox))
    }

    pub(crate) fn pause(&self, wait: Duration) {
        self.snapshot.pause(BootTime::now().plus(wait));
        let _ = self.outbox.send(Message::Paused);
    }

    pub(crate) fn activity(&self) -> Activity {
        self.snapshot.activity(BootTime::now())
    }

    /// How many processes use the quota, as of the last exchange.
    pub(crate) fn members(&self) -> u32 {
        self.snapshot.members()
    }
}

impl Drop for Front {
    /// Withdraws this process's quota before the process may end, so that it doesn't count any longer.
    fn drop(&mut self) {
        let (done, is_done) = channel();
        if self.outbox.send(Message::Close(done)).is_ok() {
            let _ = is_done.recv_timeout(FAREWELL);
        }
    }
}
