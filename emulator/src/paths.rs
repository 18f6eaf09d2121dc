//! Paths of the service's resources, as URIs have them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986 (2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) fn session(id: &str) -> String {
    let id = utf8_percent_encode(id, SEGMENT);
    format!("/api/v2/journey/sessions/{id}")
}

pub(crate) fn session_events(id: &str) -> String {
    session(id) + "/events"
}

pub(crate) fn contact_sessions(id: &str) -> String {
    let id = utf8_percent_encode(id, SEGMENT);
    format!("/api/v2/externalcontacts/contacts/{id}/journey/sessions")
}
