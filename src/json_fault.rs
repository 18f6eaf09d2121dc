//! What is wrong with a piece of JSON, without quoting it.

use serde_json::error::Category;

/// A JSON error by kind and place only: `serde_json`'s own text quotes values, which are customers'.
#[derive(Debug, thiserror::Error)]
#[error("{what} at line {line} column {column}")]
pub(crate) struct JsonFault {
    what: &'static str,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for JsonFault {
    fn from(error: serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Syntax | Category::Io => "invalid JSON",
            Category::Data => "a value that is missing or of another type than expected",
            Category::Eof => "the JSON ends too early",
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
        let fault = JsonFault::from(error).to_string();
        assert!(
            !fault.contains("someone") && fault.contains("line 1"),
            "{fault}"
        );
    }
}
