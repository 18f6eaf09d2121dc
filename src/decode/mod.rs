//! The bytes of one complete response to the entities in it.
//!
//! ```text
//! page ─► UTF-8 checked ─► listing, conversations ─► reader, value by value, each with its text
//!                                                      │
//!     event:   scan, members at the top level ◄────────┤
//!              └─ not accepted ─► serde_json, then scan │
//!     session, conversation:       serde_json ◄────────┘
//!              └─ not accepted ─► lossy
//! ```
//!
//! An event is its text and where in it the envelope's values are; what is in its body is validated when the
//! body is decoded. Everything else on a page is validated to the last byte, and so is an event that the scan
//! doesn't accept. A string in a body must be followed by what can follow one: with that, a stray quote in one event
//! can't make the next one part of it, since the next one's names are the service's.
//!
//! One odd value costs one value: `lenient` takes any type where one type is expected, `lossy` any text
//! and number, decodable or not, and is slower, so it reads only what has failed. `error` says what is
//! wrong without quoting it.

pub(crate) mod conversations;
pub(crate) mod entity;
pub(crate) mod error;
pub(crate) mod lenient;
pub(crate) mod listing;
mod lossy;
pub(crate) mod reader;
pub(crate) mod scan;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use error::JsonError;
use lenient::{Field, Lenient};
use lossy::LossyJson;

pub(crate) use listing::{Listing, ListingError, document_text, listing, single};

/// Any JSON value.
pub(crate) type Json = serde_json::Value;
/// Any JSON value as text, whatever is in it.
pub(crate) type RawJson = serde_json::value::RawValue;

/// Decodes a document that isn't a listing, such as an error body.
pub(crate) fn value<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(body).map_err(JsonError::from)
}

/// Decodes a value; `None` if it is null or of another type.
pub(crate) fn field<T: Field>(json: &str) -> Result<Option<T>, JsonError> {
    let value = serde_json::from_str(json).or_else(|_| Lenient::deserialize(LossyJson(json)));
    let Lenient(value) = value?;
    Ok(value)
}

/// Returns the text of one member of an entity; `None` if it is absent or its object has a key that can't
/// be decoded.
pub(crate) fn member_text<'a>(entity: &'a str, name: &str) -> Option<&'a str> {
    let mut text = None;
    let read = scan::object(entity, |found, value| {
        // The digests of checkpoints rest on it: what can't be decoded may be the member.
        if found.ok_or(scan::Stop::Refused)? == name {
            text = entity.get(value.at());
        }
        Ok(())
    });
    read.ok().and(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_text_is_found_as_sent() {
        let entity = r#"{"a":1,"b\u0062": { "x" : [1, 2] } }"#;
        assert_eq!(member_text(entity, "bb"), Some(r#"{ "x" : [1, 2] }"#));
        assert_eq!(member_text(entity, "c"), None);
        assert_eq!(member_text(r#"{"\ud800":1,"b":2}"#, "b"), None);
    }
}
