//! JSON as values, as far as they can be held.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// How deep what can't be held at once is looked into.
const DEEPEST: u32 = 16;

/// What a text of JSON says, and whether something of it had to be left out: a number beyond a double,
/// half a surrogate pair, nesting without end.
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
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        let part = |(name, part): (String, &RawValue)| (name, in_parts(part.get(), deeper));
        return members.into_iter().map(part).collect();
    }
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) {
        let parts = elements
            .into_iter()
            .map(|part| in_parts(part.get(), deeper));
        return parts.collect();
    }
    serde_json::from_str(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_held_is_left_out_and_nothing_else() {
        assert_eq!(held(r#"{"a":[1]}"#), (json!({"a": [1]}), false));
        let odd = r#"{"a":{"b":"\ud800","c":"d"},"e":[1e999,2],"f":"g"}"#;
        let rest = json!({"a": {"b": null, "c": "d"}, "e": [null, 2], "f": "g"});
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
