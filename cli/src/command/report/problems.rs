//! Problems among the events of a report, counted and then put into sentences.

use std::collections::BTreeSet;

/// Lines and types listed per problem; the rest are counted.
const MAX_LISTED: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) invalid_lines: Vec<String>,
    pub(super) undated: u64,
    pub(super) without_id: u64,
    pub(super) without_session: u64,
    pub(super) duplicates: u64,
    pub(super) same_id: u64,
    pub(super) out_of_order: u64,
    /// In milliseconds.
    pub(super) most_out_of_order: i64,
    pub(super) partial: u64,
    pub(super) unknown: u64,
    pub(super) unknown_types: BTreeSet<String>,
    /// Whole sentences.
    pub(super) other: Vec<String>,
}

impl Problems {
    /// Returns one sentence per problem.
    pub(super) fn sentences(self, events: usize) -> Vec<String> {
        let mut sentences = self.other;
        if events == 0 {
            sentences.push("There are no events.".to_owned());
        }
        let lines = list(self.invalid_lines.iter().cloned());
        let out_of_order = format!(
            "up to {} s earlier than the event before: clocks differ, or events arrived late",
            (self.most_out_of_order + 999) / 1000
        );
        let types = list(self.unknown_types.into_iter());
        for (count, noun, what) in [
            (
                self.invalid_lines.len() as u64,
                "line",
                format!("skipped, not a valid event: {lines}").as_str(),
            ),
            (
                self.undated,
                "event",
                "without a valid date: listed, but not on the timeline",
            ),
            (self.without_id, "event", "without an id"),
            (
                self.without_session,
                "event",
                "without a session id: shown as a separate session",
            ),
            (self.duplicates, "duplicate event", "skipped"),
            (
                self.same_id,
                "event",
                "with the id of another event but different content: all are shown",
            ),
            (self.out_of_order, "event", out_of_order.as_str()),
            (
                self.partial,
                "event",
                "with values that can't be shown here: see the JSON",
            ),
            (
                self.unknown,
                "event",
                format!("of a type unknown to this version: {types}").as_str(),
            ),
        ] {
            match count {
                0 => {}
                1 => sentences.push(format!("1 {noun} {what}.")),
                _ => sentences.push(format!("{count} {noun}s {what}.")),
            }
        }
        sentences
    }
}

/// Joins the first few, and counts the rest.
fn list(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<_> = texts.collect();
    let more = texts.len().saturating_sub(MAX_LISTED);
    texts.truncate(MAX_LISTED);
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
    fn the_first_of_many_are_listed_and_the_rest_counted() {
        let problems = Problems {
            invalid_lines: (1..=7).map(|line| line.to_string()).collect(),
            unknown: 1,
            unknown_types: ["NewEvent".to_owned()].into(),
            ..Problems::default()
        };
        let expected = [
            "7 lines skipped, not a valid event: 1, 2, 3, 4, 5 and 2 more.",
            "1 event of a type unknown to this version: NewEvent.",
        ];
        assert_eq!(problems.sentences(1), expected);
    }
}
