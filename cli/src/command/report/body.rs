//! An event's body, read field by field.

use serde_json::Value;

use super::text::display_text;

/// An event's body, or null.
pub(super) struct Body<'a>(pub(super) &'a Value);

impl Body<'_> {
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// Returns a string in display form; empty if it is missing or not a string.
    pub(super) fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .and_then(Value::as_str)
            .map_or_else(String::new, display_text)
    }

    /// Returns the first string that isn't empty.
    pub(super) fn first(&self, pointers: &[impl AsRef<str>]) -> String {
        let mut texts = pointers.iter().map(|pointer| self.text(pointer.as_ref()));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }
}
