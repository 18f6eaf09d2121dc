//! One page of a walk.

use std::vec;

use crate::model::Event;
use crate::position::cursor::Cursor;

/// One page of events (or of sessions), in the order of its walk.
///
/// Where a walk was resumed in the middle of a page, only the events not yet given out are here.
#[derive(Clone, Debug)]
pub struct Page<T = Event> {
    pub(crate) entities: Vec<T>,
    pub(crate) next: Option<Cursor>,
    pub(crate) previous: Option<Cursor>,
}

impl Page {
    /// The events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.entities
    }

    /// The events, by value.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.entities
    }
}

impl<T> Page<T> {
    /// The cursor of the page after this one, as it stands in `nextUri`, for
    /// [`SessionEvents::after`](crate::SessionEvents::after). `None` on the last page.
    #[must_use]
    pub fn next_cursor(&self) -> Option<&str> {
        self.next.as_ref().map(Cursor::as_str)
    }

    /// The cursor of the page before this one, as it stands in `previousUri`, for
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
