//! JSON parsed as far as `serde_json` can represent it.

use std::collections::BTreeMap;
use std::fmt;

use journey_events::model::{Member, members};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// Levels of nesting that are parsed member by member.
const MAX_DEPTH: u32 = 16;

/// Parses JSON, and reports whether anything was lost: numbers beyond a double, members nested too deeply and
/// invalid ones become null, unpaired surrogates become U+FFFD.
pub(super) fn parse_lossy(json: &str) -> (Value, bool) {
    match serde_json::from_str(json) {
        Ok(value) => (value, false),
        Err(_) => (parse_members(json, MAX_DEPTH), true),
    }
}

/// Parses member by member, so that one that can't be represented doesn't affect the others.
fn parse_members(json: &str, depth: u32) -> Value {
    let Some(deeper) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if let Ok(members) = serde_json::from_str::<BTreeMap<Lossy, &RawValue>>(json) {
        let part = |(name, part): (Lossy, &RawValue)| (name.0, parse_members(part.get(), deeper));
        return members.into_iter().map(part).collect();
    }
    // An event's body may be invalid, which none of these is within.
    if let Some(members) = members(json) {
        let part =
            |member: Member<'_>| (member.name.into_owned(), parse_members(member.json, deeper));
        return members.into_iter().map(part).collect();
    }
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) {
        let parts = elements
            .into_iter()
            .map(|part| parse_members(part.get(), deeper));
        return parts.collect();
    }
    let text = || serde_json::from_str(json).map(|Lossy(text)| Value::String(text));
    serde_json::from_str(json)
        .or_else(|_| text())
        .unwrap_or_default()
}

/// A string whose unpaired surrogates are replaced by U+FFFD.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes: an unpaired surrogate isn't valid UTF-8.
        deserializer.deserialize_bytes(LossyVisitor)
    }
}

struct LossyVisitor;

impl Visitor<'_> for LossyVisitor {
    type Value = Lossy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
        // An unpaired surrogate is three bytes, each invalid.
        let text = String::from_utf8_lossy(bytes);
        Ok(Lossy(text.replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_cannot_be_represented_is_lost() {
        assert_eq!(parse_lossy(r#"{"a":[1]}"#), (json!({"a": [1]}), false));
        let odd = r#"{"a":{"b":"x\ud800y","\udc00":"d"},"e":[1e999,2],"f":"g"}"#;
        let half = "\u{fffd}";
        let b = format!("x{half}y");
        let rest = json!({"a": {"b": b, half: "d"}, "e": [null, 2], "f": "g"});
        assert_eq!(parse_lossy(odd), (rest, true));
        let invalid = r#"{"id":"a","body":{"b":tru},"list":[01],"last":[1]}"#;
        let rest = json!({"id": "a", "body": null, "list": null, "last": [1]});
        assert_eq!(parse_lossy(invalid), (rest, true));
        let deep = format!(
            r#"{{"a":{}1{},"b":2}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let (value, is_partial) = parse_lossy(&deep);
        assert_eq!((&value["b"], is_partial), (&json!(2), true));
    }
}
