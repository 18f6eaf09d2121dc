//! What is not as it should be among the events of a report, counted and then told.

use std::collections::BTreeSet;

/// Lines and types that are named; of more, the number is told.
const MOST_NAMED: usize = 5;

/// What is not as it should be.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    pub(super) told: Vec<String>,
    pub(super) unreadable: Vec<u64>,
    pub(super) undated: u64,
    pub(super) without_id: u64,
    pub(super) without_session: u64,
    pub(super) twice: u64,
    pub(super) same_id: u64,
    pub(super) backwards: u64,
    pub(super) furthest_back: i64,
    pub(super) partial: u64,
    pub(super) unknown: u64,
    pub(super) unknown_types: BTreeSet<String>,
}

impl Troubles {
    /// A sentence each.
    pub(super) fn in_words(self, events: usize) -> Vec<String> {
        let mut words = self.told;
        if events == 0 {
            words.push("There are no events.".to_owned());
        }
        let lines = named(self.unreadable.iter().map(u64::to_string));
        let lines = format!("left out, as no event can be read there: {lines}");
        push(&mut words, self.unreadable.len() as u64, "line", &lines);
        let back = format!(
            "earlier than the one before, by up to {} s: their clocks differ, or they came late",
            (self.furthest_back + 999) / 1000
        );
        let types = named(self.unknown_types.into_iter());
        let types = format!("of a type that this version does not know: {types}");
        for (count, what) in [
            (
                self.undated,
                "without a date that can be read: listed, and not on the timeline",
            ),
            (self.without_id, "without an id"),
            (
                self.without_session,
                "without a session's id: shown as a session of their own",
            ),
            (self.twice, "there twice, counted once"),
            (
                self.same_id,
                "with the id of another one, but not the same: all are shown",
            ),
            (self.backwards, back.as_str()),
            (
                self.partial,
                "with values that can't be shown here: their JSON has them",
            ),
            (self.unknown, types.as_str()),
        ] {
            push(&mut words, count, "event", what);
        }
        words
    }
}

fn push(words: &mut Vec<String>, count: u64, noun: &str, what: &str) {
    match count {
        0 => {}
        1 => words.push(format!("1 {noun} {what}.")),
        _ => words.push(format!("{count} {noun}s {what}.")),
    }
}

/// The first few, and how many more there are.
fn named(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<_> = texts.collect();
    let more = texts.len().saturating_sub(MOST_NAMED);
    texts.truncate(MOST_NAMED);
    let first = texts.join(", ");
    match more {
        0 => first,
        _ => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_the_first_are_named_and_the_others_counted() {
        let troubles = Troubles {
            unreadable: (1..=7).collect(),
            unknown: 1,
            unknown_types: ["NewEvent".to_owned()].into(),
            ..Troubles::default()
        };
        let told = [
            "7 lines left out, as no event can be read there: 1, 2, 3, 4, 5 and 2 more.",
            "1 event of a type that this version does not know: NewEvent.",
        ];
        assert_eq!(troubles.in_words(1), told);
    }
}
