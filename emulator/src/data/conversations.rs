//! Conversations of the contacts, in which journey sessions can be found.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sessions::Sessions;
use crate::rng::Rng;

const DAY: i64 = 24 * 60 * 60;

#[derive(Debug, Default)]
pub(crate) struct Conversations {
    /// In the order of their contacts and sessions.
    pub(crate) all: Vec<Conversation>,
    /// Each conversation's number by its id.
    numbers: HashMap<Arc<str>, usize>,
    /// Numbers in the order of their start.
    by_start: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) id: Arc<str>,
    /// What the rest of it is derived from.
    pub(crate) key: u64,
    /// The contact's number.
    pub(crate) contact: usize,
    /// The numbers of the journey sessions; none if it was, say, a phone call.
    pub(crate) sessions: Vec<usize>,
    pub(crate) start: Timestamp,
    /// `None` while it is open.
    pub(crate) end: Option<Timestamp>,
}

/// A page of conversations, and how many there are on all pages.
#[derive(Debug)]
pub(crate) struct ConversationPage<'a> {
    pub(crate) conversations: Vec<&'a Conversation>,
    pub(crate) total: usize,
}

/// In which order conversations are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

impl Conversations {
    /// Adds conversations of a contact, in which these sessions are: some with the contact's next one,
    /// and every other conversation is followed by one without a session.
    pub(crate) fn add(
        &mut self,
        rng: &mut Rng,
        contact: usize,
        mut rest: &[usize],
        sessions: &Sessions,
    ) {
        while let Some(first) = rest.first() {
            let size = if rng.once_in(3) { 2 } else { 1 };
            let (together, after) = rest.split_at(rest.len().min(size));
            rest = after;
            let began = sessions.began(*first).unwrap_or_default();
            let conversation = Conversation::new(rng, contact, together, began);
            let call = conversation
                .start
                .saturating_add(SignedDuration::from_secs(3 * 3600));
            self.push(conversation);
            if let (true, Ok(call)) = (rng.once_in(2), call) {
                self.push(Conversation::new(rng, contact, &[], call));
            }
        }
    }

    fn push(&mut self, conversation: Conversation) {
        let number = self.all.len();
        self.numbers.insert(Arc::clone(&conversation.id), number);
        self.by_start.push(number);
        self.all.push(conversation);
    }

    /// Must be called after conversations were added.
    pub(crate) fn sort(&mut self) {
        let start = |number: &usize| self.all.get(*number).map(|conversation| conversation.start);
        self.by_start.sort_by_key(start);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Conversation> {
        self.all.get(*self.numbers.get(id)?)
    }

    /// Returns those that started on a day (in UTC) that the interval touches and were active in it,
    /// its end not included: `size` of them after the first `skipped`.
    pub(crate) fn page(
        &self,
        interval: &Range<Timestamp>,
        order: Order,
        skipped: usize,
        size: usize,
    ) -> ConversationPage<'_> {
        let numbers = self.by_start.iter();
        let mut listed: Vec<_> = numbers
            .filter_map(|number| self.all.get(*number))
            .filter(|conversation| conversation.is_listed(interval))
            .collect();
        if order == Order::Descending {
            listed.reverse();
        }
        let total = listed.len();
        ConversationPage {
            conversations: listed.into_iter().skip(skipped).take(size).collect(),
            total,
        }
    }
}

impl Conversation {
    /// It begins within 20 minutes of `after` and takes 3 to 30, but one in ten is still open.
    fn new(rng: &mut Rng, contact: usize, sessions: &[usize], after: Timestamp) -> Self {
        let mut later = |from: Timestamp, seconds: Range<u64>| {
            let seconds = seconds.start + rng.below(seconds.end - seconds.start);
            let millis = i64::try_from(seconds * 1_000 + rng.below(1_000)).unwrap_or_default();
            from.saturating_add(SignedDuration::from_millis(millis))
                .unwrap_or(from)
        };
        let start = later(after, 0..1_200);
        let end = later(start, 180..1_800);
        Self {
            end: (!rng.once_in(10)).then_some(end),
            id: rng.uuid().into(),
            key: rng.next(),
            contact,
            sessions: sessions.to_vec(),
            start,
        }
    }

    fn is_listed(&self, interval: &Range<Timestamp>) -> bool {
        let first_day = interval.start.as_second().div_euclid(DAY);
        self.start.as_second().div_euclid(DAY) >= first_day
            && self.start < interval.end
            && self.end.is_none_or(|end| end >= interval.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::World;
    use crate::settings::Settings;

    fn conversations(seed: u64, sessions: u64) -> Conversations {
        let world = World::new(&Settings {
            seed,
            sessions,
            events: 10,
            ..Settings::default()
        });
        world.unwrap().conversations
    }

    #[test]
    fn every_session_is_in_one_and_some_have_two_or_none() {
        let conversations = conversations(1, 60);
        let sessions: Vec<_> = conversations
            .all
            .iter()
            .flat_map(|conversation| &conversation.sessions)
            .copied()
            .collect();
        assert!(sessions.into_iter().eq(0..60));
        for size in [0, 1, 2] {
            let has_size = |conversation: &Conversation| conversation.sessions.len() == size;
            assert!(conversations.all.iter().any(has_size), "{size}");
        }
        assert!(conversations.all.iter().any(|one| one.end.is_none()));
    }

    #[test]
    fn they_depend_on_the_seed_and_are_listed_by_their_start() {
        let (first, other) = (conversations(1, 20), conversations(2, 20));
        let ids =
            |of: &Conversations| -> Vec<_> { of.all.iter().map(|one| one.id.clone()).collect() };
        assert_eq!(ids(&first), ids(&conversations(1, 20)));
        assert_ne!(ids(&first), ids(&other));
        let ever = Timestamp::UNIX_EPOCH..Timestamp::MAX;
        let page = |order, skipped, size| {
            let page = first.page(&ever, order, skipped, size);
            assert_eq!(page.total, first.all.len());
            let starts = page
                .conversations
                .iter()
                .map(|conversation| conversation.start);
            starts.collect::<Vec<_>>()
        };
        let mut all = page(Order::Ascending, 0, 1_000);
        assert_eq!(all.len(), first.all.len());
        assert!(all.is_sorted());
        assert_eq!(page(Order::Ascending, 3, 2), all[3..5]);
        assert!(page(Order::Ascending, 1_000, 2).is_empty());
        all.reverse();
        assert_eq!(page(Order::Descending, 0, 1_000), all);
    }

    #[test]
    fn an_interval_lists_what_started_on_its_days_and_was_active_in_it() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let conversation = Conversation {
            id: "c".into(),
            key: 1,
            contact: 0,
            sessions: vec![],
            start: at("2026-03-01T10:00:00Z"),
            end: Some(at("2026-03-02T10:00:00Z")),
        };
        for (start, end, is_listed) in [
            ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", true),
            ("2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z", true),
            ("2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z", false),
            ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", true),
            ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", false),
            ("2026-02-25T00:00:00Z", "2026-03-05T00:00:00Z", true),
        ] {
            let interval = at(start)..at(end);
            assert_eq!(
                conversation.is_listed(&interval),
                is_listed,
                "{start}/{end}"
            );
        }
    }
}
