//! A page of events: which ones are on it, and the URIs that lead on and back.

use std::ops::Range;

use crate::data::cursor;
use crate::data::events::Events;
use crate::data::sessions::Served;
use crate::form::Form;
use crate::http::query::{Filter, Query};
use crate::http::uri;
use crate::json::Json;

/// Bytes to set aside for an event, so that a page's buffer grows once.
const EVENT_BYTES: usize = 2_600;

/// A cursor that isn't one of the session, or more than one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadCursor;

/// The answer to a request for events, as JSON.
pub(crate) fn listing(served: Served, query: &Query, form: Form) -> Result<String, BadCursor> {
    let Served {
        identity,
        events,
        count,
        ..
    } = served;
    let open = |text: &String| {
        cursor::open(identity.key(), text)
            .filter(|place| *place <= count)
            .ok_or(BadCursor)
    };
    let mut kept = Kept {
        events,
        filter: query.filter.as_ref(),
    };
    let page = match (&query.after, &query.before) {
        (Some(_), Some(_)) => return Err(BadCursor),
        (None, Some(before)) => kept.backwards(open(before)?, query.page()),
        (after, None) => {
            let start = after.as_ref().map(open).transpose()?.unwrap_or(0);
            kept.forwards(start..count, query.page())
        }
    };
    let has_next = kept.first(page.end..count).is_some();
    let has_previous = form.reads("before") && kept.last(0..page.start).is_some();
    let path = uri::session(&identity.id) + "/events";
    let uri_at = |name, place| {
        let cursor = cursor::seal(identity.key(), place);
        uri::page(&path, query, Some((name, &cursor)))
    };

    let mut json = Json::with_capacity(page.positions.len() * EVENT_BYTES + 1_024);
    json.object(|json| {
        json.key("entities").array(|json| {
            for position in &page.positions {
                kept.events.write(*position, json);
            }
        });
        if has_next {
            json.key("nextUri").string(&uri_at("after", page.end));
        }
        let itself = uri::page(&path, query, query.cursor());
        json.key("selfUri").string(&itself);
        if has_previous {
            json.key("previousUri")
                .string(&uri_at("before", page.start));
        }
    });
    Ok(json.into_text())
}

/// Positions of a page's events, and the places between events where it starts and ends.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    positions: Vec<u64>,
    start: u64,
    end: u64,
}

/// The events that a filter keeps. A walk looks at every event twice at most, once for its
/// page and once to see whether there is another page, so that it stays linear in the session.
#[derive(Debug)]
struct Kept<'a> {
    events: Events,
    filter: Option<&'a Filter>,
}

impl Kept<'_> {
    /// The first events within these places.
    fn forwards(&mut self, places: Range<u64>, size: u64) -> Page {
        let mut positions = Vec::new();
        let mut end = places.start;
        while (positions.len() as u64) < size
            && let Some(position) = self.first(end..places.end)
        {
            positions.push(position);
            end = position + 1;
        }
        Page {
            positions,
            start: places.start,
            end,
        }
    }

    /// The last events before a place.
    fn backwards(&mut self, end: u64, size: u64) -> Page {
        let mut positions = Vec::new();
        let mut start = end;
        while (positions.len() as u64) < size
            && let Some(position) = self.last(0..start)
        {
            positions.push(position);
            start = position;
        }
        positions.reverse();
        Page {
            positions,
            start,
            end,
        }
    }

    fn first(&mut self, mut places: Range<u64>) -> Option<u64> {
        match self.filter {
            None => places.next(),
            Some(filter) if !self.events.may_have(filter) => None,
            Some(filter) => places.find(|at| self.events.is_kept_by(filter, *at)),
        }
    }

    fn last(&mut self, mut places: Range<u64>) -> Option<u64> {
        match self.filter {
            None => places.next_back(),
            Some(filter) if !self.events.may_have(filter) => None,
            Some(filter) => places.rfind(|at| self.events.is_kept_by(filter, *at)),
        }
    }
}
