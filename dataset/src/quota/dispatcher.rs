//! The quota's thread: brings waiters and the ring together.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};

use journey_events::Settled;

use crate::clock::BootTime;
use crate::quota::queue::Queue;
use crate::quota::ring::{News, Presence, Reply, Ring, Settlement, Trouble};
use crate::quota::rules::Rules;
use crate::quota::snapshot::Snapshot;
use crate::quota::waiter::Message;

/// The state of the thread. It ends once the quota is dropped and all its permits have settled.
#[derive(Debug)]
pub(crate) struct Dispatcher<R> {
    ring: R,
    rules: Rules,
    snapshot: Arc<Snapshot>,
    queue: Queue,
    /// What the ring doesn't know yet.
    settlements: Vec<Settlement>,
    presence: Presence,
    /// Answered after the next exchange.
    closing: Vec<Sender<()>>,
    /// When the next exchange is due.
    exchange_at: BootTime,
    /// No exchange before this, however urgent.
    barred_until: BootTime,
}

impl<R: Ring> Dispatcher<R> {
    pub(crate) fn new(ring: R, rules: Rules, snapshot: Arc<Snapshot>) -> Self {
        Self {
            ring,
            rules,
            snapshot,
            queue: Queue::default(),
            settlements: Vec::new(),
            presence: Presence::Here,
            closing: Vec::new(),
            exchange_at: BootTime::BOOT,
            barred_until: BootTime::BOOT,
        }
    }

    pub(crate) fn run(mut self, inbox: &Receiver<Message>) {
        while self.receive(inbox) {
            let now = BootTime::now();
            if self.queue.check(now) {
                // What was taken back comes through the inbox.
                self.handle_all(inbox);
                self.exchange_at = now;
            }
            if self.next_exchange() <= now {
                self.exchange();
            }
        }
        self.presence = Presence::Gone;
        self.exchange();
    }

    /// Waits for messages, or for something that is due. Returns whether there may be more.
    fn receive(&mut self, inbox: &Receiver<Message>) -> bool {
        let due = self.queue.checks_at();
        let next = self.next_exchange();
        let due = due.map_or(next, |due| due.min(next));
        match inbox.recv_timeout(due.since(BootTime::now())) {
            Ok(message) => {
                self.handle(message);
                self.handle_all(inbox);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    fn handle_all(&mut self, inbox: &Receiver<Message>) {
        for message in inbox.try_iter() {
            self.handle(message);
        }
    }

    fn handle(&mut self, message: Message) {
        let is_urgent = match &message {
            // Otherwise the time of the next exchange is that of the next permit.
            Message::Wait(_) => self.queue.wanted() == 0,
            Message::Settled(settlement) => settlement.settled == Settled::NotSent,
            Message::Leave(_) => false,
            Message::Paused | Message::Close(_) => true,
        };
        if is_urgent {
            self.exchange_at = BootTime::BOOT;
        }
        match message {
            Message::Wait(entry) => self.queue.enter(entry),
            Message::Leave(number) => self.queue.leave(number),
            Message::Settled(settlement) => self.settlements.push(settlement),
            Message::Paused => {}
            Message::Close(done) => {
                self.presence = Presence::Leaving;
                self.closing.push(done);
            }
        }
    }

    fn exchange(&mut self) {
        let news = News {
            presence: self.presence,
            settlements: &self.settlements,
            paused_until: self.snapshot.paused_until(),
            wanted: self.queue.wanted(),
        };
        let reply = self.ring.exchange(&news);
        self.exchange_at = BootTime::now().plus(self.rules.beat);
        match reply {
            Ok(Reply { slots, next, view }) => {
                self.settlements.clear();
                self.snapshot.update(view);
                for slot in self.queue.serve(slots, self.rules.valid_for) {
                    self.handle(Message::Settled(Settlement {
                        slot,
                        settled: Settled::NotSent,
                        at: BootTime::now(),
                    }));
                }
                if let Some(next) = next.filter(|_| self.queue.wanted() > 0) {
                    self.exchange_at = next.min(self.exchange_at);
                }
            }
            Err(Trouble::Fails(error)) => self.queue.fail(&error),
            Err(Trouble::RetryAfter(wait)) => {
                self.barred_until = BootTime::now().plus(wait);
                self.exchange_at = self.barred_until;
            }
        }
        for done in self.closing.drain(..) {
            let _ = done.send(());
        }
    }

    fn next_exchange(&self) -> BootTime {
        self.exchange_at.max(self.barred_until)
    }
}
