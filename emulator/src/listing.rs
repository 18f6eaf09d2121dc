//! A page of events: which ones are on it, and the URIs that lead on and back.

use crate::cursor;
use crate::events::Events;
use crate::form::Form;
use crate::json::Json;
use crate::query::{Filter, Query};
use crate::story::Identity;

/// Bytes to set aside for an event, so that a page's buffer grows once.
const EVENT_BYTES: usize = 2_600;

/// A cursor that isn't one of the session, or more than one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadCursor;

/// A session as it is by now.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) identity: Identity,
    pub(crate) events: Events,
    /// How many events it has by now.
    pub(crate) count: u64,
}

/// The answer to a request for events, as JSON.
pub(crate) fn listing(served: Served, query: &Query, form: Form) -> Result<String, BadCursor> {
    let Served {
        identity,
        events: told,
        count: events,
    } = served;
    let identity = &identity;
    let mut shelf = Shelf { told, events };
    let filter = query.filter.as_ref();
    let open = |text: &String| {
        cursor::open(identity.key(), text)
            .filter(|place| *place <= events)
            .ok_or(BadCursor)
    };
    let page = match (&query.after, &query.before) {
        (Some(_), Some(_)) => return Err(BadCursor),
        (None, Some(before)) => shelf.backwards(open(before)?, query.page(), filter),
        (after, None) => {
            let start = after.as_ref().map(open).transpose()?.unwrap_or(0);
            shelf.forwards(start, query.page(), filter)
        }
    };
    let next = shelf.first(page.end..events, filter).is_some();
    let has_way_back = form.reads("before");
    let previous = has_way_back && shelf.last(0..page.start, filter).is_some();
    let uri = |cursor: Option<(&str, String)>| uri(identity, query, cursor);

    let mut json = Json::with_capacity(page.positions.len() * EVENT_BYTES + 1_024);
    json.object(|json| {
        json.key("entities").array(|json| {
            for position in &page.positions {
                shelf.told.write(*position, json);
            }
        });
        if next {
            let cursor = cursor::seal(identity.key(), page.end);
            json.key("nextUri").string(&uri(Some(("after", cursor))));
        }
        let itself = (query.after.clone().map(|text| ("after", text)))
            .or_else(|| query.before.clone().map(|text| ("before", text)));
        json.key("selfUri").string(&uri(itself));
        if previous {
            let cursor = cursor::seal(identity.key(), page.start);
            json.key("previousUri")
                .string(&uri(Some(("before", cursor))));
        }
    });
    Ok(json.into_text())
}

/// The parameters of the request with another cursor, relative to the host.
fn uri(identity: &Identity, query: &Query, cursor: Option<(&str, String)>) -> String {
    let path = format!("/api/v2/journey/sessions/{}/events", identity.id);
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    if let Some(size) = query.size {
        parameters.append_pair(size.parameter, &size.events.to_string());
    }
    if let Some(Filter(types)) = &query.filter {
        parameters.append_pair("eventType", types);
    }
    if let Some((name, cursor)) = cursor {
        parameters.append_pair(name, &cursor);
    }
    let parameters = parameters.finish();
    if parameters.is_empty() {
        path
    } else {
        format!("{path}?{parameters}")
    }
}

/// Positions of a page's events, and the places between events where it starts and ends.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    positions: Vec<u64>,
    start: u64,
    end: u64,
}

/// Finds the events that a filter keeps. A walk looks at every event twice at most, once for its
/// page and once to see whether there is another page, so that it stays linear in the session.
#[derive(Debug)]
struct Shelf {
    told: Events,
    events: u64,
}

impl Shelf {
    fn forwards(&mut self, start: u64, size: u64, filter: Option<&Filter>) -> Page {
        let mut positions = Vec::new();
        let mut end = start;
        while (positions.len() as u64) < size
            && let Some(position) = self.first(end..self.events, filter)
        {
            positions.push(position);
            end = position + 1;
        }
        Page {
            positions,
            start,
            end,
        }
    }

    fn backwards(&mut self, end: u64, size: u64, filter: Option<&Filter>) -> Page {
        let mut positions = Vec::new();
        let mut start = end;
        while (positions.len() as u64) < size
            && let Some(position) = self.last(0..start, filter)
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

    fn first(&mut self, mut places: std::ops::Range<u64>, filter: Option<&Filter>) -> Option<u64> {
        let Some(filter) = filter else {
            return places.next();
        };
        let worthwhile = self.told.may_have(filter);
        worthwhile
            .then(|| places.find(|at| self.told.is_kept_by(filter, *at)))
            .flatten()
    }

    fn last(&mut self, mut places: std::ops::Range<u64>, filter: Option<&Filter>) -> Option<u64> {
        let Some(filter) = filter else {
            return places.next_back();
        };
        let worthwhile = self.told.may_have(filter);
        worthwhile
            .then(|| places.rfind(|at| self.told.is_kept_by(filter, *at)))
            .flatten()
    }
}
