//! The bytes of one complete response to the entities in it.
//!
//! ```text
//! listing, conversations ─► reader ─► entity ─► lenient ─► event or session
//!                         └─ failed ─► lossy ─► lenient ─► the same, or malformed
//! ```
//!
//! One odd value costs one value: `lenient` takes any type where one type is expected, `lossy` any text
//! and number, decodable or not, and is slower, so it reads only what has failed. `member` is one field
//! of an entity, read on demand. `error` says what is wrong without quoting it.

pub(crate) mod conversations;
pub(crate) mod entity;
pub(crate) mod error;
pub(crate) mod lenient;
pub(crate) mod listing;
mod lossy;
mod member;
mod reader;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::value::RawValue;

use error::JsonError;
use lenient::Field;
use lossy::LossyJson;
use member::Member;

pub(crate) use listing::{Listing, ListingError, listing, single};

/// Any JSON value.
pub(crate) type Json = serde_json::Value;
/// Any JSON value as text, whatever is in it.
pub(crate) type RawJson = serde_json::value::RawValue;

/// Decodes a document that isn't a listing, such as an error body.
pub(crate) fn value<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(body).map_err(JsonError::from)
}

/// Reads one member of an entity; `None` if it is absent, null or of another type.
pub(crate) fn member<T: Field>(entity: &str, name: &'static str) -> Option<T> {
    let mut json = serde_json::Deserializer::from_str(entity);
    Member::named(name)
        .deserialize(&mut json)
        .or_else(|_| Member::named(name).deserialize(LossyJson(entity)))
        .ok()
        .flatten()
}

/// Returns the text of one member of an entity; `None` if it is absent or its object has a key that can't
/// be decoded.
pub(crate) fn member_text<'a>(entity: &'a str, name: &str) -> Option<&'a str> {
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(entity).ok()?;
    members.get(name).map(|member| member.get())
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
