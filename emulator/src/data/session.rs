//! What a user may know of a session.

use serde_json::{Value, json};

use crate::data::cursor;
use crate::data::sessions::Served;
use crate::http::query::Query;
use crate::http::uri;
use crate::story::{Identity, Medium};

/// A session that the emulator serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    id: String,
    medium: Medium,
    events: u64,
}

impl SessionInfo {
    pub(crate) fn new(identity: &Identity, events: u64) -> Self {
        Self {
            id: identity.id.clone(),
            medium: identity.medium,
            events,
        }
    }

    /// The session's id: a UUID that depends on the seed and the session's number alone, or the one that
    /// was given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `"web"` for a visitor of the site, `"app"` for one of the app: every third session that is made up.
    #[must_use]
    pub fn session_type(&self) -> &str {
        self.medium.name()
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// How many events the session has, once it has grown.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }
}

/// The end of a session of which no event says when it was.
const SOME_END: &str = "1970-01-01T00:00:00Z";

/// What the service says of a session.
pub(crate) fn json(served: Served) -> Value {
    let Served {
        identity,
        mut events,
        count,
        has_ended,
    } = served;
    let (first, last) = events.span(count).unzip();
    // Without one, whoever follows the session would never hear that it has ended.
    let ended = has_ended.then(|| last.clone().unwrap_or_else(|| SOME_END.to_owned()));
    let mut session = json!({
        "id": identity.id,
        "type": identity.medium.name(),
        "eventCount": count,
        "selfUri": uri::session(&identity.id),
    });
    insert(&mut session, "createdDate", first);
    insert(&mut session, "lastEventDate", last);
    insert(&mut session, "endedDate", ended);
    session
}

fn insert(object: &mut Value, name: &str, text: Option<String>) {
    if let (Value::Object(members), Some(text)) = (object, text) {
        members.insert(name.to_owned(), text.into());
    }
}

/// A page of the sessions with these numbers, with the links of an event listing; `None` for a cursor that
/// is none. What a session is, `json` is asked for those of the page alone.
pub(crate) fn listing(
    numbers: &[usize],
    json: impl FnMut(&usize) -> Option<Value>,
    key: u64,
    path: &str,
    query: &Query,
) -> Option<Value> {
    let start = match &query.after {
        Some(text) => usize::try_from(cursor::open(key, text)?).ok()?,
        None => 0,
    };
    let rest = numbers.get(start..)?;
    let count = usize::try_from(query.page()).ok()?.min(rest.len());
    let (page, more) = rest.split_at(count);
    let page: Vec<_> = page.iter().filter_map(json).collect();
    let itself = uri::page(path, query, query.cursor());
    let mut listing = json!({ "entities": page, "selfUri": itself });
    let next = (!more.is_empty()).then(|| {
        let after = cursor::seal(key, (start + count) as u64);
        uri::page(path, query, Some(("after", &after)))
    });
    insert(&mut listing, "nextUri", next);
    Some(listing)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::listing;
    use crate::form::Form;
    use crate::http::query::Query;

    #[test]
    fn a_page_of_sessions_asks_for_its_own_alone() {
        let numbers: Vec<_> = (0..1_000).collect();
        let mut after = String::new();
        for first in [0, 7, 14] {
            let query = Query::parse(&format!("limit=7{after}"), Form::Both).unwrap();
            let mut asked = Vec::new();
            let json = |number: &usize| {
                asked.push(*number);
                Some(json!(number))
            };
            let page = listing(&numbers, json, 5, "/", &query).unwrap();
            let expected: Vec<_> = (first..first + 7).collect();
            assert_eq!(page["entities"], json!(expected));
            assert_eq!(asked, expected);
            let next = page["nextUri"].as_str().unwrap();
            after = format!("&{}", next.split_once('&').unwrap().1);
        }
    }
}
