//! Sessions, and pages of events and sessions, as JSON.

use serde_json::{Value, json};

use super::query::{self, Query};
use super::uri;
use crate::data::{EventPage, Session, SessionPage};
use crate::date;
use crate::form::Form;
use crate::json::Json;
use crate::paths;

/// Bytes reserved per event, so that a page's buffer is allocated once.
const EVENT_BYTES: usize = 2_600;

/// The `endedDate` of a session whose events have no dates.
const UNKNOWN_END: &str = "1970-01-01T00:00:00Z";

/// `next` is the cursor of the next page.
pub(crate) fn events(
    mut page: EventPage<'_>,
    next: Option<&str>,
    query: &Query,
    form: Form,
) -> String {
    let path = paths::session_events(page.session_id());
    let previous = query::is_known(form, "before")
        .then(|| page.previous_cursor())
        .flatten();
    let mut json = Json::with_capacity(page.len() * EVENT_BYTES + 1_024);
    json.object(|json| {
        json.key("entities").array(|json| page.write(json));
        if let Some(next) = next {
            let uri = uri::page(&path, query, Some(("after", next)));
            json.member("nextUri", &uri);
        }
        let itself = uri::page(&path, query, query.cursor());
        json.member("selfUri", &itself);
        if let Some(previous) = previous {
            let uri = uri::page(&path, query, Some(("before", &previous)));
            json.member("previousUri", &uri);
        }
    });
    json.into_text()
}

/// `session` returns the JSON of a session by its number; it is called only for those of the page.
pub(crate) fn sessions(
    page: &SessionPage<'_>,
    next: Option<&str>,
    path: &str,
    query: &Query,
    session: impl FnMut(&usize) -> Option<Value>,
) -> Value {
    let entities: Vec<_> = page.numbers.iter().filter_map(session).collect();
    let itself = uri::page(path, query, query.cursor());
    let mut json = json!({ "entities": entities, "selfUri": itself });
    let next = next.map(|next| uri::page(path, query, Some(("after", next))));
    insert(&mut json, "nextUri", next);
    json
}

pub(crate) fn session(mut session: Session) -> Value {
    let (first, last) = session.span().unzip();
    let (first, last) = (first.map(date::text), last.map(date::text));
    // Without it, a client that polls until the session has ended would never stop.
    let ended = session
        .has_ended
        .then(|| last.clone().unwrap_or_else(|| UNKNOWN_END.to_owned()));
    let mut json = json!({
        "id": session.identity.id,
        "type": session.identity.medium.name(),
        "eventCount": session.count,
        "selfUri": paths::session(&session.identity.id),
    });
    insert(&mut json, "createdDate", first);
    insert(&mut json, "lastEventDate", last);
    insert(&mut json, "endedDate", ended);
    json
}

fn insert(object: &mut Value, name: &str, text: Option<String>) {
    if let (Value::Object(members), Some(text)) = (object, text) {
        members.insert(name.to_owned(), text.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::sessions;
    use crate::data::SessionPage;
    use crate::form::Form;
    use crate::http::query::Query;

    #[test]
    fn a_page_of_sessions_reads_only_its_own() {
        let numbers: Vec<_> = (0..1_000).collect();
        let mut after = String::new();
        for first in [0, 7, 14] {
            let query = Query::parse(&format!("limit=7{after}"), Form::Both).unwrap();
            let mut read = Vec::new();
            let page = SessionPage::open(&numbers, 5, &query.page()).unwrap();
            let next = page.next_cursor.as_deref();
            let page = sessions(&page, next, "/", &query, |number| {
                read.push(*number);
                Some(json!(number))
            });
            let expected: Vec<_> = (first..first + 7).collect();
            assert_eq!(page["entities"], json!(expected));
            assert_eq!(read, expected);
            let next = page["nextUri"].as_str().unwrap();
            after = format!("&{}", next.split_once('&').unwrap().1);
        }
    }
}
