//! A writer of compact JSON, which renders a page without a tree of values.

use std::io::Write as _;

#[derive(Debug, Default)]
pub(crate) struct Json {
    /// UTF-8: only `str`s and ASCII are written.
    text: Vec<u8>,
    /// Whether a comma is due before the next member or element.
    comma: bool,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            comma: false,
        }
    }

    /// Returns what `fill` writes.
    pub(crate) fn text_of(fill: impl FnOnce(&mut Self)) -> String {
        let mut json = Self::default();
        fill(&mut json);
        json.into_text()
    }

    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.text).unwrap_or_default()
    }

    /// Writes an object, as an element or as the value of the last key.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed(b'{', fill, b'}');
    }

    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed(b'[', fill, b']');
    }

    pub(crate) fn key(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.text.push(b'"');
        self.text.extend(name.as_bytes());
        self.text.extend(b"\":");
        self.comma = false;
        self
    }

    pub(crate) fn member(&mut self, name: &'static str, value: impl ToJson) {
        value.write(self.key(name));
    }

    pub(crate) fn value(&mut self, value: impl ToJson) {
        value.write(self);
    }

    /// Writes JSON text: a value, or several members or elements.
    pub(crate) fn raw(&mut self, json: &str) {
        if !json.is_empty() {
            self.separate();
            self.text.extend(json.as_bytes());
        }
    }

    fn enclosed(&mut self, open: u8, fill: impl FnOnce(&mut Self), close: u8) {
        self.separate();
        self.text.push(open);
        self.comma = false;
        fill(self);
        self.text.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.text.push(b',');
        }
        self.comma = true;
    }
}

/// A value that can be written.
pub(crate) trait ToJson {
    fn write(self, json: &mut Json);
}

/// One string from several pieces.
impl<const N: usize> ToJson for [&str; N] {
    fn write(self, json: &mut Json) {
        json.separate();
        json.text.push(b'"');
        for piece in self {
            // With its quotes, which go again. Writing to memory can't fail.
            let start = json.text.len();
            let _ = serde_json::to_writer(&mut json.text, piece);
            json.text.pop();
            json.text.remove(start);
        }
        json.text.push(b'"');
    }
}

impl ToJson for &str {
    fn write(self, json: &mut Json) {
        [self].write(json);
    }
}

impl ToJson for &String {
    fn write(self, json: &mut Json) {
        self.as_str().write(json);
    }
}

impl ToJson for u64 {
    fn write(self, json: &mut Json) {
        json.separate();
        // Writing to memory can't fail.
        let _ = write!(json.text, "{self}");
    }
}

impl ToJson for bool {
    fn write(self, json: &mut Json) {
        json.raw(if self { "true" } else { "false" });
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn written_json_parses_to_the_same_values() {
        let hard = "\"quoted\" back\\slash\nline\u{1}tab\t é 靴 👟";
        let mut json = Json::default();
        json.object(|json| {
            json.member("text", hard);
            json.key("list").array(|json| {
                json.value(1);
                json.value(false);
                json.object(|_| ());
                json.raw("null");
            });
            json.raw("");
            json.raw("\"a\":1,\"b\":2");
            json.member("joined", ["a", "\"", "b"]);
        });
        let value: serde_json::Value = serde_json::from_str(&json.into_text()).unwrap();
        let expected = serde_json::json!({
            "text": hard, "list": [1, false, {}, null], "a": 1, "b": 2, "joined": "a\"b",
        });
        assert_eq!(value, expected);
    }
}
