//! Why text isn't the JSON expected, without quoting it.

use serde_json::error::Category;

/// A JSON error by kind and position only: `serde_json`'s own text quotes values, which are customers'.
#[derive(Debug, thiserror::Error)]
#[error("{what} at line {line} column {column}")]
pub(crate) struct JsonError {
    what: &'static str,
    line: usize,
    column: usize,
}

const SYNTAX: &str = "invalid JSON";
const DATA: &str = "missing value, or value of another type,";
const EARLY_END: &str = "unexpected end of the JSON";

impl JsonError {
    /// Invalid JSON after `passed`.
    pub(crate) fn syntax_after(passed: &[u8]) -> Self {
        let found = Self {
            what: SYNTAX,
            line: 1,
            column: 1,
        };
        found.after(passed)
    }

    /// A value of another type than expected, after `passed`.
    pub(crate) fn data_after(passed: &[u8]) -> Self {
        Self {
            what: DATA,
            ..Self::syntax_after(passed)
        }
    }

    /// The end of `json` before the end of its value.
    pub(crate) fn early_end_of(json: &[u8]) -> Self {
        let end = Self {
            what: EARLY_END,
            line: 1,
            column: 0,
        };
        end.after(json)
    }

    /// The same error, counted from the start of a text in which `passed` precedes what was read.
    pub(crate) fn after(self, passed: &[u8]) -> Self {
        let mut lines = passed.rsplit(|byte| *byte == b'\n');
        let last = lines.next().unwrap_or_default();
        let column = if self.line == 1 { last.len() } else { 0 };
        Self {
            line: self.line + lines.count(),
            column: self.column + column,
            ..self
        }
    }

    /// Whether more text could have made it valid.
    pub(crate) fn is_early_end(&self) -> bool {
        self.what == EARLY_END
    }

    /// Whether the error is at the end of `json`.
    pub(crate) fn is_at_end_of(&self, json: &[u8]) -> bool {
        let end = Self::early_end_of(json);
        (self.line, self.column) == (end.line, end.column)
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
        let error = JsonError::from(error).to_string();
        assert!(
            !error.contains("someone") && error.contains("line 1"),
            "{error}"
        );
    }

    #[test]
    fn a_position_is_counted_from_the_start_of_the_whole_text() {
        let at = |line, column| JsonError {
            what: SYNTAX,
            line,
            column,
        };
        for (error, position) in [
            (at(1, 4).after(b"abc\nde"), "line 2 column 6"),
            (at(2, 4).after(b"abc\nde"), "line 3 column 4"),
            (at(1, 4).after(b""), "line 1 column 4"),
        ] {
            let text = error.to_string();
            assert!(text.ends_with(position), "{text}");
        }
    }
}
