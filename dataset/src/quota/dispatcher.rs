//! The quota's thread: brings waiters and the file together.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};

use journey_events::{Error, ErrorKind, Settled};

use crate::clock::BootTime;
use crate::quota::exchange::{Member, News, Presence, Reply, Settlement};
use crate::quota::queue::Queue;
use crate::quota::snapshot::Snapshot;
use crate::quota::store::Store;
use crate::quota::waiter::Message;

/// The state of the thread. It ends once the quota is dropped and all its permits have settled.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    store: Store,
    member: Member,
    snapshot: Arc<Snapshot>,
    queue: Queue,
    /// What the file doesn't know yet.
    settlements: Vec<Settlement>,
    presence: Presence,
    /// Answered after the next exchange.
    closing: Vec<Sender<()>>,
    /// When the next exchange is due.
    exchange_at: BootTime,
}

impl Dispatcher {
    pub(crate) fn new(store: Store, member: Member, snapshot: Arc<Snapshot>) -> Self {
        Self {
            store,
            member,
            snapshot,
            queue: Queue::default(),
            settlements: Vec::new(),
            presence: Presence::Here,
            closing: Vec::new(),
            exchange_at: BootTime::BOOT,
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
            if self.exchange_at <= now {
                self.exchange();
            }
        }
        self.presence = Presence::Gone;
        self.exchange();
    }

    /// Waits for messages, or for something that is due. Returns whether there may be more.
    fn receive(&mut self, inbox: &Receiver<Message>) -> bool {
        let due = self.queue.checks_at();
        let due = due.map_or(self.exchange_at, |due| due.min(self.exchange_at));
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
        let reply = (self.member).exchange(&mut self.store, &news, BootTime::now);
        self.exchange_at = BootTime::now().plus(self.member.rules.beat);
        match reply {
            Ok(Reply { slots, next, view }) => {
                self.settlements.clear();
                self.snapshot.update(view);
                for slot in self.queue.serve(slots, self.member.rules.valid_for) {
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
            // What the file doesn't know yet is reported with the next exchange.
            Err(error) => self.queue.fail(&self.failed(error)),
        }
        for done in self.closing.drain(..) {
            let _ = done.send(());
        }
    }

    fn failed(&self, error: rusqlite::Error) -> Error {
        let path = self.store.path().display();
        let message = format!("the shared quota's file can't be used: {path}");
        Error::new(ErrorKind::Unavailable, message).with_source(Arc::new(error))
    }
}
