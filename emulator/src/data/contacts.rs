//! External contacts, their sessions, and which of them were merged.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::rng::Rng;

#[derive(Debug)]
pub(crate) struct Contacts {
    seed: u64,
    pub(crate) ids: Vec<Arc<str>>,
    /// Each contact's number by its id.
    numbers: HashMap<Arc<str>, usize>,
    /// The numbers of each contact's sessions.
    sessions: Vec<Vec<usize>>,
    /// The contact of each customer of a user's own events.
    customers: HashMap<String, usize>,
}

impl Contacts {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            ids: Vec::new(),
            numbers: HashMap::new(),
            sessions: Vec::new(),
            customers: HashMap::new(),
        }
    }

    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Adds a contact without sessions.
    pub(crate) fn add(&mut self) -> usize {
        let number = self.ids.len();
        let id: Arc<str> = Rng::of([self.seed, number as u64, 11]).uuid().into();
        self.numbers.insert(Arc::clone(&id), number);
        self.ids.push(id);
        self.sessions.push(Vec::new());
        number
    }

    /// Returns the contact of a customer, which is added if it is new.
    pub(crate) fn of_customer(&mut self, customer: Option<&str>) -> usize {
        let Some(customer) = customer else {
            return self.add();
        };
        if let Some(number) = self.customers.get(customer) {
            return *number;
        }
        let number = self.add();
        self.customers.insert(customer.to_owned(), number);
        number
    }

    pub(crate) fn assign(&mut self, contact: usize, session: usize) {
        if let Some(sessions) = self.sessions.get_mut(contact) {
            sessions.push(session);
        }
    }

    pub(crate) fn sessions(&self, contact: usize) -> &[usize] {
        self.sessions.get(contact).map_or(&[], Vec::as_slice)
    }

    /// Returns the contact that was merged with this one, if any: of each four, the last two were.
    pub(crate) fn merged_with(&self, contact: usize) -> Option<usize> {
        let other = contact ^ 1;
        (contact % 4 >= 2 && other < self.ids.len()).then_some(other)
    }

    /// Returns the sessions of a contact, with `merged` those of its merge set too.
    pub(crate) fn list(&self, contact: usize, merged: Merged) -> Cow<'_, [usize]> {
        let own = self.sessions(contact);
        match self.merged_with(contact) {
            Some(other) if merged == Merged::Included => {
                let mut both = [own, self.sessions(other)].concat();
                both.sort_unstable();
                both.into()
            }
            _ => own.into(),
        }
    }

    /// Returns the key of this list's cursors.
    pub(crate) fn key(&self, contact: usize, merged: Merged) -> u64 {
        let key = match self.merged_with(contact) {
            Some(other) if merged == Merged::Included => [self.seed, contact.min(other) as u64, 14],
            _ => [self.seed, contact as u64, 12],
        };
        Rng::of(key).next()
    }
}

/// Whether the sessions of merged contacts are listed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Merged {
    #[default]
    Excluded,
    Included,
}

#[cfg(test)]
mod tests {
    use super::{Contacts, Merged};

    #[test]
    fn a_customer_has_one_contact_and_a_session_without_one_its_own() {
        let mut contacts = Contacts::new(1);
        let customers = [Some("a"), None, Some("b"), Some("a"), None, Some("b")];
        let numbers = customers.map(|customer| contacts.of_customer(customer));
        assert_eq!(numbers, [0, 1, 2, 0, 3, 2]);
        assert_eq!(contacts.number(&contacts.ids[2]), Some(2));
        assert_eq!(contacts.number("nobody"), None);
    }

    #[test]
    fn the_last_two_of_each_four_contacts_were_merged() {
        let mut contacts = Contacts::new(1);
        for session in 0..7 {
            let contact = contacts.add();
            contacts.assign(contact, session);
        }
        let list = |contact, merged| {
            (
                contacts.list(contact, merged),
                contacts.key(contact, merged),
            )
        };
        assert_eq!(*list(2, Merged::Included).0, [2, 3]);
        assert_eq!(list(2, Merged::Included), list(3, Merged::Included));
        assert_eq!(*list(3, Merged::Excluded).0, [3]);
        // The other one of 6 doesn't exist.
        for alone in [0, 1, 4, 5, 6] {
            assert_eq!(list(alone, Merged::Included), list(alone, Merged::Excluded));
        }
        let keys = [0, 1, 2, 3].map(|contact| contacts.key(contact, Merged::Excluded));
        let keys = keys.into_iter().chain([contacts.key(2, Merged::Included)]);
        assert_eq!(keys.collect::<std::collections::HashSet<_>>().len(), 5);
    }
}
