//! The body of an event, read field by field.

use serde_json::Value;

use super::shown::shown;

/// The body of an event, or null.
pub(super) struct Body<'a>(pub(super) &'a Value);

impl Body<'_> {
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// A text as it is shown; empty if there is none.
    pub(super) fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .and_then(Value::as_str)
            .map_or_else(String::new, shown)
    }

    /// The first text that is not empty.
    pub(super) fn first(&self, pointers: &[&str]) -> String {
        let mut texts = pointers.iter().map(|at| self.text(at));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }
}
