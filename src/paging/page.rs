//! One page of a walk.

use std::vec;

use crate::model::{Event, Session};
use crate::position::cursor::Cursor;

/// One page of events (or of sessions), in the order of its walk.
///
/// Where a walk was resumed in the middle of a page, it holds only what was not yet yielded.
#[derive(Clone, Debug)]
pub struct Page<T = Event> {
    pub(crate) entities: Vec<T>,
    pub(crate) next: Option<Cursor>,
    pub(crate) previous: Option<Cursor>,
}

impl Page {
    /// Returns the events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.entities
    }

    /// Returns the events by value.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.entities
    }
}

impl Page<Session> {
    /// Returns the sessions.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.entities
    }

    /// Returns the sessions by value.
    #[must_use]
    pub fn into_sessions(self) -> Vec<Session> {
        self.entities
    }
}

impl<T> Page<T> {
    /// Returns the cursor of the next page, as found in `nextUri`, for
    /// [`SessionEvents::after`](crate::SessionEvents::after). `None` on the last page.
    #[must_use]
    pub fn next_cursor(&self) -> Option<&str> {
        self.next.as_ref().map(Cursor::as_str)
    }

    /// Returns the cursor of the previous page, as found in `previousUri`, for
    /// [`SessionEvents::before`](crate::SessionEvents::before). First published form only.
    #[must_use]
    pub fn previous_cursor(&self) -> Option<&str> {
        self.previous.as_ref().map(Cursor::as_str)
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entities.into_iter()
    }
}
