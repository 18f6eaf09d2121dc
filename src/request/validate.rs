//! Checks of a request, made before anything is sent.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::position::walk_id::{WalkId, WalkKind};

/// Longest id and event type, in bytes.
const MAX_NAME: usize = 256;

/// Accepts any id that is a single path segment without encoding; the service's are UUIDs.
pub(crate) fn check_id(of: &str, id: &str) -> Result<(), Error> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_valid = (1..=MAX_NAME).contains(&id.len())
        && id.bytes().all(is_unreserved)
        && id.bytes().any(|byte| byte != b'.');
    if is_valid {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "invalid {of} id {}; expected a UUID such as \
         5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 (letters, digits and -._~, at most {MAX_NAME})",
        shortened(id)
    )))
}

/// Accepts dotted names.
pub(crate) fn check_event_type(name: &str) -> Result<(), Error> {
    let is_valid = (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_valid {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "invalid event type {}; expected a name such as com.genesys.journey.WebEvent",
        shortened(name)
    )))
}

/// The text in quotes, escaped, and truncated if it is long.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// Refuses a checkpoint of another walk, where its position means nothing.
pub(crate) fn check_same_walk(checkpoint: &WalkId, request: &WalkId) -> Result<(), Error> {
    // Version 1 doesn't say its kind.
    if let (Some(theirs), Some(ours)) = (checkpoint.kind, request.kind)
        && theirs != ours
    {
        return Err(Error::invalid_input(format!(
            "the checkpoint is of a walk over {}; this request is for {}",
            theirs.describe(),
            ours.describe()
        )));
    }
    let session = match request.kind {
        Some(WalkKind::ContactSessions) => "contact",
        _ => "session",
    };
    for (what, theirs, ours) in [
        (session, &checkpoint.id, &request.id),
        ("service", &checkpoint.service, &request.service),
        (
            "set of event types",
            &set_of(&checkpoint.event_types),
            &set_of(&request.event_types),
        ),
    ] {
        if theirs != ours {
            return Err(Error::invalid_input(format!(
                "the checkpoint is for another {what}, {}; this request is for {}",
                shortened(theirs),
                shortened(ours)
            )));
        }
    }
    Ok(())
}

/// Event types regardless of their order and of duplicates.
fn set_of(event_types: &[String]) -> String {
    let set: BTreeSet<_> = event_types.iter().map(String::as_str).collect();
    Vec::from_iter(set).join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::position::cursor::Direction;

    #[test]
    fn a_session_id_that_is_not_a_path_segment_is_refused() {
        let long = "a".repeat(257);
        for id in [
            "", ".", "..", "...", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é", "a\n", "a\0", &long,
        ] {
            let error = check_id("session", id).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id:?}");
            assert!(error.to_string().len() < 400, "{error}");
        }
        for id in [
            "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60",
            "s",
            "a.b_c~d",
            &long[1..],
        ] {
            check_id("session", id).unwrap();
        }
    }

    #[test]
    fn an_event_type_that_would_change_the_query_is_refused() {
        for name in ["", "a,b", "a&limit=1", "a b", "é"] {
            assert!(check_event_type(name).is_err(), "{name:?}");
        }
        check_event_type("com.genesys.journey.WebEvent").unwrap();
    }

    #[test]
    fn event_types_are_compared_as_a_set() {
        let walk = |types: &[&str]| WalkId {
            kind: Some(WalkKind::SessionEvents),
            service: "https://api.example".into(),
            id: "s".into(),
            direction: Direction::After,
            event_types: types.iter().map(|name| (*name).to_owned()).collect(),
        };
        for same in [&["a", "b"][..], &["b", "a"], &["b", "a", "b"]] {
            check_same_walk(&walk(&["a", "b"]), &walk(same)).unwrap();
        }
        for other in [&["a"][..], &["a", "b", "c"], &[]] {
            let error = check_same_walk(&walk(&["a", "b"]), &walk(other)).unwrap_err();
            assert!(error.to_string().contains("event types"), "{error}");
        }
    }
}
