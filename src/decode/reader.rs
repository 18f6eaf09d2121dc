//! JSON read value by value, each with its text.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::decode::error::JsonError;
use crate::decode::lossy::LossyJson;
use crate::decode::scan::Stop;

/// Reads from front to back. What separates values is read here, every value by `serde_json` or a scan,
/// which report where it ended.
pub(crate) struct JsonReader<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(json: &'a str) -> Self {
        Self { json, at: 0 }
    }

    /// The byte after white space, if any is left.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().bytes().take_while(is_space).count();
        self.rest().bytes().next()
    }

    /// Reads an object. `member` is called with each name, or `None` for one that can't be decoded, and
    /// must read the value.
    pub(crate) fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, Option<&str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect(b'{')?;
        if self.takes(b'}') {
            return Ok(());
        }
        loop {
            let name = self.name()?;
            self.expect(b':')?;
            member(self, name.as_deref())?;
            if self.takes(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads an array. `element` must read one value each time.
    pub(crate) fn array<E: From<JsonError>>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect(b'[')?;
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if self.takes(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads one value of any kind and returns its text.
    pub(crate) fn skip(&mut self) -> Result<&'a str, JsonError> {
        match self.value::<IgnoredAny>() {
            Ok((_, json)) => Ok(json),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Reads one value, and returns its text too. After an error the value is still to be read.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Result<(T, &'a str), serde_json::Error> {
        self.peek();
        let rest = self.rest();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        // At the end of the text it returns nothing, `from_str` the error.
        let value = values
            .next()
            .unwrap_or_else(|| serde_json::from_str(rest))?;
        let length = values.byte_offset();
        self.at += length;
        Ok((value, rest.get(..length).unwrap_or_default()))
    }

    /// Reads one value, in one pass unless something in it is odd, and returns its text too; `None` if it
    /// isn't a `T`.
    pub(crate) fn lossy_value<T: DeserializeOwned>(
        &mut self,
    ) -> Result<(Option<T>, &'a str), JsonError> {
        if let Ok((value, json)) = self.value() {
            return Ok((Some(value), json));
        }
        let json = self.skip()?;
        Ok((T::deserialize(LossyJson(json)).ok(), json))
    }

    /// Reads one value with `scan`, which is called with the text from there and returns the value's length,
    /// and returns its text too. If it isn't accepted, the value is still to be read.
    pub(crate) fn scanned<T>(
        &mut self,
        scan: impl FnOnce(&'a str) -> Result<(T, usize), Stop>,
    ) -> Result<Option<(T, &'a str)>, JsonError> {
        self.peek();
        let rest = self.rest();
        match scan(rest) {
            Ok((value, length)) => {
                self.at += length;
                Ok(Some((value, rest.get(..length).unwrap_or_default())))
            }
            // A string that never ends takes the rest of a complete text for its own.
            Err(Stop::TextEnds) if rest.trim_ascii_end().ends_with('}') => Ok(None),
            Err(Stop::Refused) => Ok(None),
            Err(Stop::TextEnds) => Err(JsonError::early_end_of(self.json.as_bytes())),
        }
    }

    /// The error if something else follows than expected.
    pub(crate) fn unexpected(&self) -> JsonError {
        if self.rest().is_empty() {
            JsonError::early_end_of(self.json.as_bytes())
        } else {
            JsonError::syntax_after(self.passed())
        }
    }

    /// The text that was read.
    pub(crate) fn passed(&self) -> &'a [u8] {
        self.json.as_bytes().get(..self.at).unwrap_or_default()
    }

    /// Converts an error of the value that is still to be read.
    ///
    /// To `serde_json`, a number cut short, such as `53.`, is invalid rather than unfinished. So an
    /// error where the text ends counts as an early end, unless the text ends in a closing brace.
    fn error(&self, error: serde_json::Error) -> JsonError {
        let error = JsonError::from(error);
        let rest = self.rest();
        if error.is_at_end_of(rest.as_bytes()) && !rest.ends_with('}') {
            JsonError::early_end_of(self.json.as_bytes())
        } else {
            error.after(self.passed())
        }
    }

    fn name(&mut self) -> Result<Option<String>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        if let Ok((name, _)) = self.value() {
            return Ok(Some(name));
        }
        self.skip().map(|_| None)
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.takes(byte) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn rest(&self) -> &'a str {
        self.json.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an object of arrays of integers; `?` stands for a name that can't be decoded.
    fn read(json: &str) -> Result<Vec<(String, Vec<i64>)>, JsonError> {
        let mut reader = JsonReader::new(json);
        let mut members = Vec::new();
        reader.object(|reader, name| {
            let mut numbers = Vec::new();
            reader.array(|reader| {
                let text = reader.skip()?;
                numbers.push(serde_json::from_str(text)?);
                Ok::<_, JsonError>(())
            })?;
            members.push((name.unwrap_or("?").to_owned(), numbers));
            Ok::<_, JsonError>(())
        })?;
        match reader.peek() {
            None => Ok(members),
            Some(_) => Err(reader.unexpected()),
        }
    }

    #[test]
    fn white_space_and_escapes_are_read_wherever_json_has_them() {
        let members = read("\r\n{ \"a\\u0062\" :\t[ 1 , 2 ] , \"\" : [ ] } ").unwrap();
        let expected = [("ab".to_owned(), vec![1, 2]), (String::new(), vec![])];
        assert_eq!(members, expected);
        assert_eq!(read("{}").unwrap(), []);
    }

    #[test]
    fn invalid_json_is_refused_at_its_position() {
        for (json, position) in [
            ("[]", "line 1 column 1"),
            ("{,}", "line 1 column 2"),
            ("{\"a\":[1,]}", "line 1 column 9"),
            ("{\"a\":[1 2]}", "line 1 column 9"),
            ("{\"a\":[1}", "line 1 column 8"),
            ("{\"a\":[],}", "line 1 column 9"),
            ("{\"a\":[]]", "line 1 column 8"),
            ("{\n \"a\" []}", "line 2 column 6"),
            ("{\n\n1:[]}", "line 3 column 1"),
            ("{} x", "line 1 column 4"),
            ("{\"a\":[1,\n tru ]}", "line 2 column 5"),
            ("{\"a\":[-}", "line 1 column 8"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.to_string().ends_with(position), "{json}: {error}");
            assert!(!error.is_early_end(), "{json}: {error}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_decoded_is_none() {
        let members = read(r#"{"\ud83d":[1],"a":[2]}"#).unwrap();
        assert_eq!(
            members,
            [("?".to_owned(), vec![1]), ("a".to_owned(), vec![2])]
        );
    }

    #[test]
    fn a_value_that_cannot_be_read_is_still_to_be_read() {
        let mut reader = JsonReader::new(" [1] {\"a\":2}x");
        assert!(reader.value::<String>().is_err());
        let (one, json): ((u8,), _) = reader.value().unwrap();
        assert_eq!((one, json), ((1,), "[1]"));
        assert_eq!(reader.peek(), Some(b'{'));
        assert_eq!(reader.skip().unwrap(), "{\"a\":2}");
    }
}
