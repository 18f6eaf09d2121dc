//! What is wrong with a piece of JSON, without quoting it.

use serde_json::error::Category;

/// A JSON error by kind and place only: `serde_json`'s own text quotes values, which are customers'.
#[derive(Debug, thiserror::Error)]
#[error("{what} at line {line} column {column}")]
pub(crate) struct JsonError {
    what: &'static str,
    line: usize,
    column: usize,
}

const SYNTAX: &str = "invalid JSON";
const DATA: &str = "a value that is missing or of another type than expected";
const EARLY_END: &str = "the JSON ends too early";

impl JsonError {
    /// That something other than JSON stands behind `passed`.
    pub(crate) fn syntax_behind(passed: &[u8]) -> Self {
        let found = Self {
            what: SYNTAX,
            line: 1,
            column: 1,
        };
        found.behind(passed)
    }

    /// That `json` stops before the end of what it holds.
    pub(crate) fn early_end_of(json: &[u8]) -> Self {
        let end = Self {
            what: EARLY_END,
            line: 1,
            column: 0,
        };
        end.behind(json)
    }

    /// The same for a text of which `passed` stands in front of what was read.
    pub(crate) fn behind(self, passed: &[u8]) -> Self {
        let mut lines = passed.rsplit(|byte| *byte == b'\n');
        let last = lines.next().unwrap_or_default();
        let column = if self.line == 1 { last.len() } else { 0 };
        Self {
            line: self.line + lines.count(),
            column: self.column + column,
            ..self
        }
    }

    /// Whether more text could have made it right.
    pub(crate) fn is_early_end(&self) -> bool {
        self.what == EARLY_END
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Syntax | Category::Io => SYNTAX,
            Category::Data => DATA,
            Category::Eof => EARLY_END,
        };
        Self {
            what,
            line: error.line(),
            column: error.column(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_not_quoted() {
        let error = serde_json::from_str::<i64>(r#""someone@customer.example""#).unwrap_err();
        assert!(error.to_string().contains("someone"));
        let fault = JsonError::from(error).to_string();
        assert!(
            !fault.contains("someone") && fault.contains("line 1"),
            "{fault}"
        );
    }

    #[test]
    fn a_place_is_counted_from_the_start_of_the_whole() {
        let at = |line, column| JsonError {
            what: SYNTAX,
            line,
            column,
        };
        for (fault, place) in [
            (at(1, 4).behind(b"abc\nde"), "line 2 column 6"),
            (at(2, 4).behind(b"abc\nde"), "line 3 column 4"),
            (at(1, 4).behind(b""), "line 1 column 4"),
        ] {
            let text = fault.to_string();
            assert!(text.ends_with(place), "{text}");
        }
    }
}
