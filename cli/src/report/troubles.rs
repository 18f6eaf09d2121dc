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
    pub(super) nameless: u64,
    pub(super) homeless: u64,
    pub(super) twice: u64,
    pub(super) same_id: u64,
    pub(super) backwards: u64,
    pub(super) furthest_back: i64,
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
        if let Some(first) = self.unreadable.get(..self.unreadable.len().min(MOST_NAMED)) {
            let lines: Vec<_> = first.iter().map(u64::to_string).collect();
            let more = if self.unreadable.len() > MOST_NAMED {
                ", …"
            } else {
                ""
            };
            let lines = format!("line {}{more}", lines.join(", "));
            let is_are = "no event that can be read and left out";
            push(
                &mut words,
                self.unreadable.len() as u64,
                "line",
                &format!("{is_are}: {lines}"),
            );
        }
        let back = format!(
            "earlier than the one before, by up to {} s: their clocks differ, or they came late",
            (self.furthest_back + 999) / 1000
        );
        let types: Vec<_> = self
            .unknown_types
            .iter()
            .take(MOST_NAMED)
            .cloned()
            .collect();
        let types = format!(
            "of a type that this version does not know: {}",
            types.join(", ")
        );
        for (count, what) in [
            (
                self.undated,
                "without a date that can be read: listed, and not on the timeline",
            ),
            (self.nameless, "without an id"),
            (
                self.homeless,
                "without a session's id: shown as a session of their own",
            ),
            (self.twice, "there twice and counted once"),
            (
                self.same_id,
                "of the id of another one, and not the same: all are shown",
            ),
            (self.backwards, back.as_str()),
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
        1 => words.push(format!("1 {noun} is {what}.")),
        _ => words.push(format!("{count} {noun}s are {what}.")),
    }
}
