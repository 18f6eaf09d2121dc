//! The cursors that a walk has followed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::position::cursor::Cursor;

/// The cursors that a walk has followed, by their hashes: 8 bytes a page, which is 40 kB for a
/// million events. Unlike a search for a cycle in constant memory, this finds it before any page is
/// requested a second time by the same cursor.
#[derive(Debug)]
pub(crate) struct VisitedCursors {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl VisitedCursors {
    pub(crate) fn new<'a>(cursors: impl Iterator<Item = &'a Cursor>) -> Self {
        let mut visited = Self {
            hasher: RandomState::new(),
            hashes: HashSet::new(),
        };
        cursors.for_each(|cursor| {
            visited.insert(cursor);
        });
        visited
    }

    /// Adds a cursor; false if the walk has followed it before.
    pub(crate) fn insert(&mut self, cursor: &Cursor) -> bool {
        self.hashes.insert(self.hasher.hash_one(cursor))
    }
}
