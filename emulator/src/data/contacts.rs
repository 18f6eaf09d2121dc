//! External contacts and their sessions.

use std::collections::HashMap;

use super::own_events::OwnSession;
use crate::rng::Rng;
use crate::story::SESSIONS_PER_CONTACT;

#[derive(Debug)]
pub(crate) struct Contacts {
    seed: u64,
    pub(crate) ids: Vec<String>,
    /// The numbers of each contact's sessions.
    pub(super) sessions: Vec<Vec<usize>>,
}

impl Contacts {
    /// Groups generated sessions in their order.
    pub(crate) fn generated(seed: u64, sessions: usize) -> Self {
        let numbers: Vec<_> = (0..sessions).collect();
        let size = usize::try_from(SESSIONS_PER_CONTACT).unwrap_or(1);
        Self::new(seed, numbers.chunks(size).map(<[usize]>::to_vec).collect())
    }

    /// Groups sessions by customer; a session without one has its own contact.
    pub(crate) fn own(seed: u64, sessions: &[OwnSession]) -> Self {
        let mut numbers = HashMap::new();
        let mut contacts: Vec<Vec<usize>> = Vec::new();
        for (number, session) in sessions.iter().enumerate() {
            let next = contacts.len();
            let customer = session.customer_id.as_deref();
            let contact = customer.map_or(next, |id| *numbers.entry(id).or_insert(next));
            match contacts.get_mut(contact) {
                Some(sessions) => sessions.push(number),
                None => contacts.push(vec![number]),
            }
        }
        Self::new(seed, contacts)
    }

    fn new(seed: u64, sessions: Vec<Vec<usize>>) -> Self {
        let numbers = 0..sessions.len() as u64;
        Self {
            seed,
            ids: numbers
                .map(|number| Rng::of([seed, number, 11]).uuid())
                .collect(),
            sessions,
        }
    }

    /// Returns the key of a contact's cursors and the numbers of its sessions.
    pub(crate) fn get(&self, id: &str) -> Option<(u64, &[usize])> {
        let number = self.ids.iter().position(|known| known == id)?;
        let key = Rng::of([self.seed, number as u64, 12]).next();
        Some((key, self.sessions.get(number)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Contacts;
    use crate::data::own_events::own_sessions;

    #[test]
    fn generated_sessions_are_grouped_by_three() {
        let contacts = Contacts::generated(1, 7);
        assert_eq!(contacts.sessions, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        let (_, sessions) = contacts.get(&contacts.ids[1]).unwrap();
        assert_eq!(sessions, [3, 4, 5]);
        assert!(contacts.get("nobody").is_none());
    }

    #[test]
    fn own_sessions_are_grouped_by_the_customer_of_their_first_event() {
        let line = |session, customer| {
            format!(r#"{{"eventType":"x","session":{{"id":"{session}"}},"customerId":{customer}}}"#)
        };
        let lines = [
            line("0", r#""a""#),
            line("1", "null"),
            line("2", r#""b""#),
            line("3", r#""a""#),
            line("2", r#""a""#),
            line("4", r#""""#),
            line("5", r#""""#),
            line("6", r#""a""#),
        ];
        let contacts = Contacts::own(1, &own_sessions(&lines.join("\n")).unwrap());
        let expected = [vec![0, 3, 6], vec![1], vec![2], vec![4], vec![5]];
        assert_eq!(contacts.sessions, expected);
        assert_eq!(contacts.ids.len(), 5);
    }
}
