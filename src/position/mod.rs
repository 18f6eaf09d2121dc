//! Where a walk is: the service's cursors, and checkpoints that outlive the process.
//!
//! A position is a page's cursor and the digests of what was yielded from that page. Resuming yields
//! what the page holds beyond them, so a page may be reordered, grow or shrink in between.

pub(crate) mod checkpoint;
pub(crate) mod cursor;
pub(crate) mod digest;
pub(crate) mod identities;
pub(crate) mod walk_id;
mod written;

use cursor::Cursor;
use digest::Digest;

/// A position within a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Cursor of the page; `None` is the walk's first page.
    pub(crate) cursor: Option<Cursor>,
    /// What was yielded from that page.
    pub(crate) yielded: Yielded,
    pub(crate) carried: Carried,
    /// The entity that can't be decoded and is next on the page, once its error was returned.
    pub(crate) malformed: Option<Digest>,
    /// A cursor that led back to a fetched page: it isn't followed again.
    pub(crate) blocked: Option<Cursor>,
    /// Whether the page was the last one and was yielded to its end.
    pub(crate) done: bool,
}

/// What was yielded from earlier pages, isn't there any more and may have moved to this page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The latest first.
    pub(crate) digests: Vec<Digest>,
    /// Whether none of what was yielded has been met. If so, at least one of these must be by the walk's end.
    pub(crate) is_expected: bool,
}

/// What was yielded from a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yielded {
    Digests(Vec<Digest>),
    /// From a checkpoint of version 1: the first so many, and the id of the last of them.
    Count {
        count: usize,
        last_id: Option<String>,
    },
}

impl Default for Yielded {
    fn default() -> Self {
        Self::Digests(Vec::new())
    }
}

impl Yielded {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Digests(digests) => digests.len(),
            Self::Count { count, .. } => *count,
        }
    }
}

impl Position {
    /// At the start of the page at a cursor.
    pub(crate) fn at(cursor: Cursor) -> Self {
        Self {
            cursor: Some(cursor),
            ..Self::default()
        }
    }

    /// Moves past entities of the page.
    pub(crate) fn advance(&mut self, passed: &[Digest]) {
        match &mut self.yielded {
            Yielded::Digests(digests) => digests.extend_from_slice(passed),
            Yielded::Count { .. } if passed.is_empty() => {}
            // So many more by count, of unknown ids.
            Yielded::Count { count, last_id } => {
                (*count, *last_id) = (count.saturating_add(passed.len()), None);
            }
        }
    }
}
