//! The members of a JSON object, as sent.

use std::borrow::Cow;
use std::fmt;

use crate::decode::scan;

/// A member of a JSON object.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member<'a> {
    /// Name, decoded.
    pub name: Cow<'a, str>,
    /// The value's text as sent, quotes included. Objects and arrays may be invalid within.
    pub json: &'a str,
}

impl fmt::Debug for Member<'_> {
    /// Leaves out the value, which is a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Reads the members of a JSON object, such as an event or its body, in their order: for fields that this crate
/// has no type for, or a few of many. `None` if the text doesn't begin with an object whose own names, strings and
/// scalars are valid.
///
/// Faster than parsing, since objects and arrays within are passed over: of them only brackets and strings are
/// checked, so one of them may make a document invalid that it is written into. Names that can't be decoded (half
/// of a surrogate pair) are left out, and what follows the object isn't read. Of several members with the same name,
/// the last is the one that counts.
///
/// # Example
///
/// ```
/// use journey_events::model::members;
///
/// let event = r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":{"page":{"title":"Shoes"}}}"#;
/// let find = |json, name| Some(members(json)?.into_iter().rfind(|member| member.name == name)?.json);
/// let page = find(event, "webEvent").and_then(|body| find(body, "page"));
/// assert_eq!(page, Some(r#"{"title":"Shoes"}"#));
/// ```
#[must_use]
pub fn members(json: &str) -> Option<Vec<Member<'_>>> {
    let mut members = Vec::new();
    let read = scan::object(json, |name, value| {
        if let Some(name) = name {
            if members.is_empty() {
                // Most objects of an event have fewer, which saves growing from 4.
                members.reserve(16);
            }
            let json = json.get(value.at()).unwrap_or_default();
            members.push(Member { name, json });
        }
        Ok(())
    });
    read.ok().map(|_| members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<(String, &str)>> {
        let members = members(json)?.into_iter();
        Some(
            members
                .map(|member| (member.name.into_owned(), member.json))
                .collect(),
        )
    }

    #[test]
    fn values_are_as_sent_and_names_decoded() {
        let json =
            r#" { "a" : 1e999 , "\u0062":"\ud800","\udfff":2,"c":{"d":[tru, "]"]} ,"a":null} x"#;
        let expected = [
            ("a", "1e999"),
            ("b", r#""\ud800""#),
            ("c", r#"{"d":[tru, "]"]}"#),
            ("a", "null"),
        ];
        assert_eq!(
            read(json),
            Some(expected.map(|(name, json)| (name.into(), json)).into())
        );
        assert_eq!(read("{}"), Some(vec![]));
    }

    #[test]
    fn what_is_no_object_has_none() {
        for json in [
            "",
            "[1]",
            r#""a""#,
            "1",
            r#"{"a":1"#,
            r#"{"a":tru}"#,
            r#"{"a":{]}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let members = members(r#"{"email":"someone@customer.example"}"#);
        let debug = format!("{members:?}");
        assert!(
            debug.contains("email") && !debug.contains("someone"),
            "{debug}"
        );
    }
}
