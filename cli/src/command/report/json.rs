//! JSON as values, as far as they can be held.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// How deep what can't be held at once is looked into.
const DEEPEST: u32 = 16;

/// What a text of JSON says, and whether it could not be held as it is: of a number beyond a double and of
/// nesting without end nothing is left, and half a surrogate pair is replaced.
pub(super) fn held(json: &str) -> (Value, bool) {
    match serde_json::from_str(json) {
        Ok(value) => (value, false),
        Err(_) => (in_parts(json, DEEPEST), true),
    }
}

/// Reads member by member, so that one that can't be held leaves the others.
fn in_parts(json: &str, depth: u32) -> Value {
    let Some(deeper) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if let Ok(members) = serde_json::from_str::<BTreeMap<Lossy, &RawValue>>(json) {
        let part = |(name, part): (Lossy, &RawValue)| (name.0, in_parts(part.get(), deeper));
        return members.into_iter().map(part).collect();
    }
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) {
        let parts = elements
            .into_iter()
            .map(|part| in_parts(part.get(), deeper));
        return parts.collect();
    }
    let text = || serde_json::from_str(json).map(|Lossy(text)| Value::String(text));
    serde_json::from_str(json)
        .or_else(|_| text())
        .unwrap_or_default()
}

/// A text in which halves of surrogate pairs are U+FFFD.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes: they may be what no text can be.
        deserializer.deserialize_bytes(LossyVisitor)
    }
}

struct LossyVisitor;

impl Visitor<'_> for LossyVisitor {
    type Value = Lossy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
        // Half a pair is three bytes, none of which is text.
        let text = String::from_utf8_lossy(bytes);
        Ok(Lossy(text.replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_held_is_left_out_and_nothing_else() {
        assert_eq!(held(r#"{"a":[1]}"#), (json!({"a": [1]}), false));
        let odd = r#"{"a":{"b":"x\ud800y","\udc00":"d"},"e":[1e999,2],"f":"g"}"#;
        let half = "\u{fffd}";
        let b = format!("x{half}y");
        let rest = json!({"a": {"b": b, half: "d"}, "e": [null, 2], "f": "g"});
        assert_eq!(held(odd), (rest, true));
        let deep = format!(
            r#"{{"a":{}1{},"b":2}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let (value, is_partial) = held(&deep);
        assert_eq!((&value["b"], is_partial), (&json!(2), true));
    }
}
