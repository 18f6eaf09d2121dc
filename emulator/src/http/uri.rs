//! The URIs of answers, all relative to the host.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::http::query::{Filter, Query};

/// What RFC 3986 (2.3) has as unreserved stays; all else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of a session.
pub(crate) fn session(id: &str) -> String {
    format!(
        "/api/v2/journey/sessions/{}",
        utf8_percent_encode(id, SEGMENT)
    )
}

/// The path of a contact's sessions.
pub(crate) fn sessions_of(contact: &str) -> String {
    let contact = utf8_percent_encode(contact, SEGMENT);
    format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions")
}

/// A path with the parameters of a request and another cursor.
pub(crate) fn page(path: &str, query: &Query, cursor: Option<(&str, &str)>) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    if let Some(size) = query.size {
        parameters.append_pair(size.parameter, &size.events.to_string());
    }
    if let Some(Filter(types)) = &query.filter {
        parameters.append_pair("eventType", types);
    }
    if let Some((name, cursor)) = cursor {
        parameters.append_pair(name, cursor);
    }
    let parameters = parameters.finish();
    if parameters.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{parameters}")
    }
}
