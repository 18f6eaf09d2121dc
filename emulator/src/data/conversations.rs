//! Conversations of the contacts, in which journey sessions can be found.

use std::collections::HashMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::contacts::Contacts;
use super::sessions::Sessions;
use crate::rng::Rng;

const DAY: i64 = 24 * 60 * 60;

#[derive(Debug)]
pub(crate) struct Conversations {
    /// In the order of their contacts and sessions.
    pub(crate) ids: Vec<String>,
    all: Vec<Conversation>,
    /// Each conversation's number by its id.
    numbers: HashMap<String, usize>,
    /// Numbers in the order of their start.
    by_start: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
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
    /// Every session is in a conversation, some with the contact's next one, and every other
    /// conversation is followed by one without a session.
    pub(crate) fn generated(seed: u64, contacts: &Contacts, sessions: &Sessions) -> Self {
        let mut all = Vec::new();
        for (contact, numbers) in contacts.sessions.iter().enumerate() {
            let mut rng = Rng::of([seed, contact as u64, 13]);
            let mut rest = numbers.as_slice();
            while let Some(first) = rest.first() {
                let size = if rng.once_in(3) { 2 } else { 1 };
                let (together, after) = rest.split_at(rest.len().min(size));
                rest = after;
                let began = sessions.get(*first).and_then(|mut session| session.began());
                let conversation =
                    Conversation::new(&mut rng, contact, together, began.unwrap_or_default());
                let call = conversation
                    .start
                    .saturating_add(SignedDuration::from_hours(3));
                all.push(conversation);
                if let (true, Ok(call)) = (rng.once_in(2), call) {
                    all.push(Conversation::new(&mut rng, contact, &[], call));
                }
            }
        }
        Self::new(all)
    }

    fn new(all: Vec<Conversation>) -> Self {
        let ids: Vec<_> = all
            .iter()
            .map(|conversation| conversation.id.clone())
            .collect();
        let mut by_start: Vec<_> = (0..all.len()).collect();
        by_start.sort_by_key(|number| all.get(*number).map(|conversation| conversation.start));
        Self {
            numbers: ids.iter().cloned().zip(0..).collect(),
            ids,
            all,
            by_start,
        }
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
            id: rng.uuid(),
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
    use crate::settings::Settings;

    fn conversations(seed: u64, count: u64) -> Conversations {
        let sessions = Sessions::generated(&Settings {
            seed,
            sessions: count,
            events: 10,
            ..Settings::default()
        });
        let contacts = Contacts::generated(seed, sessions.infos.len());
        Conversations::generated(seed, &contacts, &sessions)
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
        assert_eq!(first.ids, conversations(1, 20).ids);
        assert_ne!(first.ids, other.ids);
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
