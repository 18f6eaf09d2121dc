//! A writer of compact JSON, which renders a page without a tree of values.

use std::fmt::Write as _;

#[derive(Debug, Default)]
pub(crate) struct Json {
    text: String,
    /// Whether a comma is due before the next member or element.
    comma: bool,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            comma: false,
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Writes an object, as an element or as the value of the last key.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed('{', fill, '}');
    }

    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed('[', fill, ']');
    }

    pub(crate) fn key(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.comma = false;
        self
    }

    pub(crate) fn string(&mut self, value: &str) {
        self.concat(&[value]);
    }

    /// Writes one string from several pieces.
    pub(crate) fn concat(&mut self, pieces: &[&str]) {
        self.separate();
        self.text.push('"');
        for piece in pieces {
            self.escape(piece);
        }
        self.text.push('"');
    }

    pub(crate) fn integer(&mut self, value: u64) {
        self.separate();
        // Writing to a String can't fail.
        let _ = write!(self.text, "{value}");
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// Writes JSON text: a value, or several members or elements.
    pub(crate) fn raw(&mut self, json: &str) {
        if !json.is_empty() {
            self.separate();
            self.text.push_str(json);
        }
    }

    fn enclosed(&mut self, open: char, fill: impl FnOnce(&mut Self), close: char) {
        self.separate();
        self.text.push(open);
        self.comma = false;
        fill(self);
        self.text.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = true;
    }

    fn escape(&mut self, piece: &str) {
        let special = |c: char| c < ' ' || c == '"' || c == '\\';
        let mut rest = piece;
        while let Some((plain, c, after)) = rest
            .find(special)
            .and_then(|at| rest.split_at_checked(at))
            .and_then(|(plain, tail)| {
                let mut chars = tail.chars();
                chars.next().map(|c| (plain, c, chars.as_str()))
            })
        {
            self.text.push_str(plain);
            if c < ' ' {
                let _ = write!(self.text, "\\u{:04x}", u32::from(c));
            } else {
                self.text.push('\\');
                self.text.push(c);
            }
            rest = after;
        }
        self.text.push_str(rest);
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
