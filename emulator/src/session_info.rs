//! What a user may know of a session.

use serde_json::{Value, json};

use crate::cursor;
use crate::events::Events;
use crate::query::Query;
use crate::sessions::Served;
use crate::story::{Identity, Medium};
use crate::uri;

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
    let first = (count > 0).then(|| events.created(0)).flatten();
    let last = count.checked_sub(1).and_then(|last| events.created(last));
    // Without one, whoever follows the session would never hear that it has ended.
    let latest = |events: &mut Events| (0..count).rev().find_map(|at| events.created(at));
    let ended = has_ended.then(|| latest(&mut events).unwrap_or_else(|| SOME_END.to_owned()));
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

/// A page of sessions, with the links of an event listing; `None` for a cursor that is none.
pub(crate) fn listing(sessions: &[Value], key: u64, path: &str, query: &Query) -> Option<Value> {
    let start = match &query.after {
        Some(text) => usize::try_from(cursor::open(key, text)?).ok()?,
        None => 0,
    };
    let rest = sessions.get(start..)?;
    let count = usize::try_from(query.page()).ok()?.min(rest.len());
    let (page, more) = rest.split_at(count);
    let itself = uri::page(path, query, query.cursor());
    let mut listing = json!({ "entities": page, "selfUri": itself });
    let next = (!more.is_empty()).then(|| {
        let after = cursor::seal(key, (start + count) as u64);
        uri::page(path, query, Some(("after", &after)))
    });
    insert(&mut listing, "nextUri", next);
    Some(listing)
}
