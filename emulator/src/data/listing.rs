//! Pages: which events or sessions are on one, and the cursors before and after it.

use std::ops::Range;

use super::cursor::{self, Place};
use super::events::Events;
use super::filter::Filter;
use super::session::Session;
use crate::json::Json;

/// A cursor of another list, or both cursors at once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidCursor;

/// Returns the number of the page that a cursor leads to, counted from 1; 1 without a cursor that is
/// valid for this list.
pub(crate) fn page_number(key: u64, cursor: Option<&str>) -> u64 {
    let place = cursor.and_then(|text| cursor::open(key, text));
    place.map_or(1, |place| place.page)
}

/// Which page is requested.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRequest<'a> {
    pub(crate) size: u64,
    pub(crate) after: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
    pub(crate) filter: Option<&'a Filter>,
}

/// A page of a session's events.
#[derive(Debug)]
pub(crate) struct EventPage<'a> {
    session_id: String,
    /// Of the session's cursors.
    key: u64,
    /// How many events the session has.
    count: u64,
    events: Filtered<'a>,
    span: Span,
    /// Its number in the walk.
    number: u64,
}

impl<'a> EventPage<'a> {
    pub(crate) fn open(session: Session, request: &PageRequest<'a>) -> Result<Self, InvalidCursor> {
        let (key, count) = (session.identity.key(), session.count);
        let place = |text: &str| {
            cursor::open(key, text)
                .filter(|place| place.items <= count)
                .ok_or(InvalidCursor)
        };
        let mut events = Filtered {
            events: session.events,
            filter: request.filter,
        };
        let (number, span) = match (request.after, request.before) {
            (Some(_), Some(_)) => return Err(InvalidCursor),
            (None, Some(before)) => {
                let end = place(before)?;
                (end.page, events.last_before(end.items, request.size))
            }
            (after, None) => {
                let start = after.map(place).transpose()?.unwrap_or(Place::START);
                (
                    start.page,
                    events.first_in(start.items..count, request.size),
                )
            }
        };
        Ok(Self {
            session_id: session.identity.id,
            key,
            count,
            events,
            span,
            number,
        })
    }

    pub(crate) fn session_id(&self) -> &str {
        &self.session_id
    }

    pub(crate) fn len(&self) -> usize {
        self.span.positions.len()
    }

    /// Writes the events, each as one element.
    pub(crate) fn write(&mut self, json: &mut Json) {
        for position in &self.span.positions {
            self.events.events.write(*position, json);
        }
    }

    /// Returns the cursor after the page; `None` if no event follows.
    pub(crate) fn next_cursor(&mut self) -> Option<String> {
        let items = self.span.end;
        self.events.first(items..self.count)?;
        let page = self.number + 1;
        Some(cursor::seal(self.key, Place { items, page }))
    }

    /// Returns the cursor of this page itself.
    pub(crate) fn own_cursor(&self) -> String {
        let (items, page) = (self.span.start, self.number);
        cursor::seal(self.key, Place { items, page })
    }

    /// Returns the cursor before the page; `None` if no event precedes it.
    pub(crate) fn previous_cursor(&mut self) -> Option<String> {
        let items = self.span.start;
        self.events.last(0..items)?;
        let page = self.number.saturating_sub(1).max(1);
        Some(cursor::seal(self.key, Place { items, page }))
    }
}

/// The positions of a page's events, and those of its cursors.
#[derive(Debug)]
struct Span {
    positions: Vec<u64>,
    start: u64,
    end: u64,
}

/// The events that match a filter. A walk looks at every event at most twice, for its page and to
/// see whether there is another page, so it takes time linear in the session.
#[derive(Debug)]
struct Filtered<'a> {
    events: Events,
    filter: Option<&'a Filter>,
}

impl Filtered<'_> {
    fn first_in(&mut self, range: Range<u64>, size: u64) -> Span {
        let mut positions = Vec::new();
        let mut end = range.start;
        while (positions.len() as u64) < size
            && let Some(position) = self.first(end..range.end)
        {
            positions.push(position);
            end = position + 1;
        }
        Span {
            positions,
            start: range.start,
            end,
        }
    }

    fn last_before(&mut self, end: u64, size: u64) -> Span {
        let mut positions = Vec::new();
        let mut start = end;
        while (positions.len() as u64) < size
            && let Some(position) = self.last(0..start)
        {
            positions.push(position);
            start = position;
        }
        positions.reverse();
        Span {
            positions,
            start,
            end,
        }
    }

    fn first(&mut self, mut range: Range<u64>) -> Option<u64> {
        match self.filter {
            None => range.next(),
            Some(filter) => self.events.first(filter, range),
        }
    }

    fn last(&mut self, mut range: Range<u64>) -> Option<u64> {
        match self.filter {
            None => range.next_back(),
            Some(filter) => self.events.last(filter, range),
        }
    }
}

/// A page of a contact's sessions.
#[derive(Debug)]
pub(crate) struct SessionPage<'a> {
    pub(crate) numbers: &'a [usize],
    /// `None` if no session follows.
    pub(crate) next_cursor: Option<String>,
    /// The cursor of this page itself.
    pub(crate) own_cursor: String,
}

impl<'a> SessionPage<'a> {
    /// `key` is that of the contact's cursors; `before` and the filter don't apply.
    pub(crate) fn open(
        numbers: &'a [usize],
        key: u64,
        request: &PageRequest<'_>,
    ) -> Result<Self, InvalidCursor> {
        let start = match request.after {
            Some(text) => cursor::open(key, text).ok_or(InvalidCursor)?,
            None => Place::START,
        };
        let first = usize::try_from(start.items).map_err(|_| InvalidCursor)?;
        let rest = numbers.get(first..).ok_or(InvalidCursor)?;
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let (numbers, more) = rest.split_at(size.min(rest.len()));
        let next = Place {
            items: start.items + numbers.len() as u64,
            page: start.page + 1,
        };
        Ok(Self {
            numbers,
            next_cursor: (!more.is_empty()).then(|| cursor::seal(key, next)),
            own_cursor: cursor::seal(key, start),
        })
    }
}
