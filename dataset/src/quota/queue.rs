//! Who is next: waiters in the order they came, without those whose task isn't polled.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use journey_events::{Error, Permit};

use crate::clock::BootTime;
use crate::quota::ring::{Settlement, Slot};
use crate::quota::waiter::{Entry, Message, Waiter};

/// How long a permit waits to be picked up, and a call to be answered.
const GRACE: Duration = Duration::from_millis(100);

/// The waiters of one process.
///
/// A permit that isn't picked up within 100 ms is taken back: the task isn't polled. It is rarely the only
/// one, since a runtime that stands still stops all its tasks. So all waiters are called, by waking them,
/// and those that aren't polled within 100 ms are set aside too. A waiter that was set aside has its place
/// back as soon as it is polled.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    present: BTreeMap<u64, Entry>,
    offers: Vec<Offer>,
    call_ends: Option<BootTime>,
}

/// A permit that may not have been picked up.
#[derive(Debug)]
struct Offer {
    waiter: Arc<Waiter>,
    ends: BootTime,
}

impl Queue {
    pub(crate) fn enter(&mut self, entry: Entry) {
        if let Some(number) = entry.number() {
            self.present.insert(number, entry);
        }
    }

    pub(crate) fn leave(&mut self, number: u64) {
        self.present.remove(&number);
    }

    /// How many permits there is use for now: none during a call, since the first may not be polled.
    pub(crate) fn wanted(&self) -> usize {
        if self.call_ends.is_some() {
            0
        } else {
            self.present.len()
        }
    }

    /// Grants permits, each to the first that is still there. Returns the slots that nobody is there for, and
    /// those that are too old by now.
    pub(crate) fn serve(&mut self, slots: Vec<Slot>, valid_for: Duration) -> Vec<Slot> {
        let mut unused = Vec::new();
        for slot in slots {
            let left = valid_for.saturating_sub(BootTime::now().since(slot.taken));
            let outbox = self.first_outbox().filter(|_| !left.is_zero());
            let Some(outbox) = outbox else {
                unused.push(slot);
                continue;
            };
            let settle = move |settled| {
                let at = BootTime::now();
                // If the thread has ended, the others know this process to be lost.
                let _ = outbox.send(Message::Settled(Settlement { slot, settled, at }));
            };
            self.grant(Permit::new(left, settle));
        }
        unused
    }

    /// Where the first waiter's permit reports how it ended.
    fn first_outbox(&self) -> Option<Sender<Message>> {
        self.present.first_key_value()?.1.outbox()
    }

    fn grant(&mut self, mut permit: Permit) {
        while let Some((_, entry)) = self.present.pop_first() {
            permit = match entry.serve(Ok(permit)) {
                Ok(waiter) => {
                    let ends = BootTime::now().plus(GRACE);
                    self.offers.push(Offer { waiter, ends });
                    return;
                }
                Err(Ok(permit)) => permit,
                Err(Err(_)) => return,
            };
        }
    }

    /// Fails all waiters.
    pub(crate) fn fail(&mut self, error: &Error) {
        while let Some((_, entry)) = self.present.pop_first() {
            let _ = entry.serve(Err(error.clone()));
        }
    }

    /// When to look for permits that weren't picked up and calls that weren't answered.
    pub(crate) fn checks_at(&self) -> Option<BootTime> {
        let offers = self.offers.iter().map(|offer| offer.ends);
        offers.chain(self.call_ends).min()
    }

    /// Takes back permits that weren't picked up, and sets those aside that didn't answer a call. Returns
    /// whether others may be served instead.
    pub(crate) fn check(&mut self, now: BootTime) -> bool {
        if self.call_ends.is_some_and(|ends| ends <= now) {
            self.call_ends = None;
            let present = mem::take(&mut self.present).into_iter();
            let silent: BTreeMap<_, _>;
            (self.present, silent) = present.partition(|(_, entry)| entry.has_answered());
            silent.into_values().for_each(Entry::set_aside);
            return true;
        }
        let ended = self.offers.extract_if(.., |offer| offer.ends <= now);
        let taken_back: Vec<_> = ended.filter_map(|offer| offer.waiter.take_back()).collect();
        if taken_back.is_empty() {
            return false;
        }
        self.call_ends = Some(now.plus(GRACE));
        self.present.values().for_each(Entry::call);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use futures::FutureExt;
    use journey_events::Settled;

    use super::*;
    use crate::quota::waiter::Ticket;

    #[test]
    fn no_slot_is_lost_with_waiters_that_left_unnoticed() {
        let (outbox, inbox) = channel();
        let mut queue = Queue::default();
        let mut tickets: Vec<_> = (0..4)
            .map(|number| Ticket::new(move || number, &outbox))
            .collect();
        for ticket in &mut tickets {
            assert!(ticket.now_or_never().is_none());
        }
        for message in inbox.try_iter() {
            match message {
                Message::Wait(entry) => queue.enter(entry),
                other => panic!("{other:?}"),
            }
        }
        // The third is the only one that is still there.
        let mut kept = tickets.remove(2);
        drop(tickets);
        let slot = |number| Slot {
            number,
            taken: BootTime::now(),
        };
        let unused = queue.serve((0..4).map(slot).collect(), Duration::from_secs(1));
        let permit = (&mut kept).now_or_never().expect("it is served").unwrap();
        let mut numbers: Vec<_> = unused.into_iter().map(|slot| slot.number).collect();
        for message in inbox.try_iter() {
            match message {
                Message::Settled(Settlement { slot, settled, .. }) => {
                    assert_eq!(settled, Settled::NotSent);
                    numbers.push(slot.number);
                }
                Message::Leave(_) => {}
                other => panic!("{other:?}"),
            }
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3], "the first slot is the permit's");
        drop((permit, kept));
    }
}
