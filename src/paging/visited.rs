//! Where a walk has been.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::position::cursor::Cursor;

/// The cursors that a walk has followed, by their hashes: 8 bytes a page, which is 40 kB for a
/// million events. Remembering them all, other than finding a cycle in constant memory, notices it
/// before any page is asked for a second time by the same cursor.
pub(crate) struct Followed {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Followed {
    pub(crate) fn new(start: Option<&Cursor>) -> Self {
        let mut followed = Self {
            hasher: RandomState::new(),
            hashes: HashSet::new(),
        };
        if let Some(cursor) = start {
            followed.is_new(cursor);
        }
        followed
    }

    /// Notes a cursor; whether it was not followed before.
    pub(crate) fn is_new(&mut self, cursor: &Cursor) -> bool {
        self.hashes.insert(self.hasher.hash_one(cursor))
    }
}
