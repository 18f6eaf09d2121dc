//! What a user may know of a session.

use serde_json::{Value, json};

use crate::cursor;
use crate::json::Json;
use crate::listing::Served;
use crate::query::Query;
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

    /// The session's id, a UUID that depends on the seed and the session's number alone.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `"web"` for a visitor of the site, `"app"` for one of the app: every third session.
    #[must_use]
    pub fn session_type(&self) -> &str {
        self.medium.name()
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// How many events the session has.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }
}

/// What the service says of a session that has so many events, by now or for good.
pub(crate) fn json(served: Served, has_ended: bool) -> Value {
    let Served {
        identity,
        events: mut told,
        count: events,
    } = served;
    let mut date_of = |position| {
        let mut json = Json::with_capacity(4_096);
        told.write(position, &mut json);
        let event: Value = serde_json::from_str(&json.into_text()).unwrap_or_default();
        event.get("createdDate").cloned().unwrap_or_default()
    };
    let mut session = json!({
        "id": identity.id,
        "type": identity.medium.name(),
        "eventCount": events,
        "selfUri": format!("/api/v2/journey/sessions/{}", identity.id),
    });
    if let (Value::Object(session), Some(last)) = (&mut session, events.checked_sub(1)) {
        session.insert("createdDate".to_owned(), date_of(0));
        let last = date_of(last);
        session.insert("lastEventDate".to_owned(), last.clone());
        if has_ended {
            session.insert("endedDate".to_owned(), last);
        }
    }
    session
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
    let mut listing = json!({ "entities": page, "selfUri": path });
    if let (Value::Object(listing), false) = (&mut listing, more.is_empty()) {
        let after = cursor::seal(key, (start + count) as u64);
        let parameters = form_urlencoded::Serializer::new(String::new())
            .append_pair("pageSize", &query.page().to_string())
            .append_pair("after", &after)
            .finish();
        listing.insert("nextUri".to_owned(), format!("{path}?{parameters}").into());
    }
    Some(listing)
}
