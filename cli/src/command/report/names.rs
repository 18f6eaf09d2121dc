//! Names of segments and outcomes: events often have only their ids.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::text::display_text;
use crate::text_file;

/// Names by id.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, String>);

/// Longest file, in bytes.
const MAX_SIZE: u64 = 16 << 20;

const NEXT: &str = "next: give a JSON object {\"ID\": \"NAME\"}, or a list of the service's segments or outcomes, \
                    which have `id` and `displayName`";

impl Names {
    /// Reads a file. The error says what is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let problem = |what: String| format!("--names {}: {what}\n  {NEXT}", path.display());
        let text = text_file::read(path, MAX_SIZE).map_err(problem)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let json = serde_json::from_str(text).map_err(|error| problem(error.to_string()))?;
        match Self::of(&json) {
            Some(names) if !names.0.is_empty() => Ok(names),
            _ => Err(problem("it has no names".to_owned())),
        }
    }

    fn of(json: &Value) -> Option<Self> {
        let listed = json.get("entities").unwrap_or(json);
        let pairs: Vec<(&str, &str)> = match listed {
            Value::Object(names) => names
                .iter()
                .filter_map(|(id, name)| Some((id.as_str(), name.as_str()?)))
                .collect(),
            Value::Array(entities) => entities.iter().filter_map(entity).collect(),
            _ => return None,
        };
        let shown = pairs
            .into_iter()
            .map(|(id, name)| (display_text(id), display_text(name)));
        Some(Self(shown.filter(|(_, name)| !name.is_empty()).collect()))
    }

    /// Returns the name of an id in display form.
    pub(super) fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// Reads a segment or an outcome as the service lists it.
fn entity(entity: &Value) -> Option<(&str, &str)> {
    let name = ["displayName", "name"]
        .iter()
        .find_map(|name| entity.get(name)?.as_str());
    Some((entity.get("id")?.as_str()?, name?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Names, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.json");
        std::fs::write(&path, text).unwrap();
        Names::read(&path)
    }

    #[test]
    fn names_are_an_object_or_a_list_of_the_service() {
        for text in [
            r#"{"a":"Gold"}"#,
            "\u{feff}{\"a\":\" Gold\\n\",\"b\":7}",
            r#"[{"id":"a","displayName":"Gold"},{"id":"b"},7]"#,
            r#"{"entities":[{"id":"a","name":"Gold"}],"total":1}"#,
        ] {
            let names = read(text).unwrap();
            assert_eq!(
                (names.get("a"), names.get("b")),
                (Some("Gold"), None),
                "{text}"
            );
        }
    }

    #[test]
    fn what_has_no_names_is_an_error_that_says_what_is_expected() {
        for (text, problem) in [
            ("", "EOF while parsing"),
            ("[1", "EOF while parsing"),
            ("7", "it has no names"),
            (r#"{"a":""}"#, "it has no names"),
            ("[]", "it has no names"),
            (&" ".repeat(17 << 20), "larger than 16777216 bytes"),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains(problem) && error.contains("displayName"),
                "{error}"
            );
        }
        let missing = Names::read(Path::new("/none/names.json")).unwrap_err();
        assert!(
            missing.starts_with("--names /none/names.json: "),
            "{missing}"
        );
    }
}
