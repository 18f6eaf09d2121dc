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

    pub(crate) fn string(&mut self, value: &str) {
        self.concat(&[value]);
    }

    /// Writes one string from several pieces.
    pub(crate) fn concat(&mut self, pieces: &[&str]) {
        self.separate();
        self.text.push(b'"');
        for piece in pieces {
            // With its quotes, which go again. Writing to memory can't fail.
            let start = self.text.len();
            let _ = serde_json::to_writer(&mut self.text, piece);
            self.text.pop();
            self.text.remove(start);
        }
        self.text.push(b'"');
    }

    pub(crate) fn integer(&mut self, value: u64) {
        self.separate();
        // Writing to memory can't fail.
        let _ = write!(self.text, "{value}");
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
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

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn written_json_parses_to_the_same_values() {
        let hard = "\"quoted\" back\\slash\nline\u{1}tab\t é 靴 👟";
        let mut json = Json::default();
        json.object(|json| {
            json.key("text").string(hard);
            json.key("list").array(|json| {
                json.integer(1);
                json.boolean(false);
                json.object(|_| ());
                json.raw("null");
            });
            json.raw("");
            json.raw("\"a\":1,\"b\":2");
            json.key("joined").concat(&["a", "\"", "b"]);
        });
        let value: serde_json::Value = serde_json::from_str(&json.into_text()).unwrap();
        let expected = serde_json::json!({
            "text": hard, "list": [1, false, {}, null], "a": 1, "b": 2, "joined": "a\"b",
        });
        assert_eq!(value, expected);
    }
}
