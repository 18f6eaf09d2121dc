//! JSON read value by value, each with the text it was read from.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::decode::error::JsonError;

/// Reads from front to back and every byte once. What stands between values is read here, every value
/// by `serde_json`, which tells where the value ended.
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

    /// Reads an object; `member` is called with each name and has to read the value.
    pub(crate) fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect(b'{')?;
        if self.takes(b'}') {
            return Ok(());
        }
        loop {
            let name: String = self.value()?;
            self.expect(b':')?;
            member(self, &name)?;
            if self.takes(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads an array; `element` has to read one value each time.
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

    /// Reads one value.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Result<T, JsonError> {
        match self.value_and_json() {
            Ok((value, _)) => Ok(value),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// Reads one value and says where it stands. After an error it is still to be read, and the
    /// error's place is counted from there.
    pub(crate) fn value_and_json<T: Deserialize<'a>>(
        &mut self,
    ) -> Result<(T, &'a str), serde_json::Error> {
        self.peek();
        let rest = self.rest();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        // Where nothing is left it gives nothing, `from_str` the error that says so.
        let value = values
            .next()
            .unwrap_or_else(|| serde_json::from_str(rest))?;
        let length = values.byte_offset();
        self.at += length;
        Ok((value, rest.get(..length).unwrap_or_default()))
    }

    /// What an error of the value that is to be read next says about the whole.
    pub(crate) fn fault(&self, error: serde_json::Error) -> JsonError {
        if self.ends_in_a_number(&error) {
            JsonError::early_end_of(self.json.as_bytes())
        } else {
            JsonError::from(error).behind(self.passed())
        }
    }

    /// That something else stands here than was to be read.
    pub(crate) fn unexpected(&self) -> JsonError {
        if self.rest().is_empty() {
            JsonError::early_end_of(self.json.as_bytes())
        } else {
            JsonError::syntax_behind(self.passed())
        }
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

    fn passed(&self) -> &'a [u8] {
        self.json.as_bytes().get(..self.at).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.json.get(self.at..).unwrap_or_default()
    }

    /// A number cut short, such as `53.`, counts as invalid; with a digit more it is a whole number.
    fn ends_in_a_number(&self, error: &serde_json::Error) -> bool {
        error.is_syntax()
            && self.rest().ends_with(['-', '+', '.', 'e', 'E'])
            && serde_json::from_str::<IgnoredAny>(&[self.rest(), "0"].concat())
                .map_or_else(|error| error.is_eof(), |_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an object of arrays of numbers and says what it is.
    fn read(json: &str) -> Result<Vec<(String, Vec<i64>)>, JsonError> {
        let mut reader = JsonReader::new(json);
        let mut members = Vec::new();
        reader.object(|reader, name| {
            let mut numbers = Vec::new();
            reader.array(|reader| {
                numbers.push(reader.value()?);
                Ok::<_, JsonError>(())
            })?;
            members.push((name.to_owned(), numbers));
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
    fn what_is_no_json_is_refused_where_it_stands() {
        for (json, place) in [
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
            ("{\"a\":[1,\n true]}", "line 2 column 5"),
        ] {
            let fault = read(json).unwrap_err();
            assert!(fault.to_string().ends_with(place), "{json}: {fault}");
            assert!(!fault.is_early_end(), "{json}: {fault}");
        }
    }

    #[test]
    fn a_value_that_can_not_be_read_is_still_to_be_read() {
        let mut reader = JsonReader::new(" [1] {\"a\":2}x");
        assert!(reader.value_and_json::<String>().is_err());
        let (one, json): ((u8,), _) = reader.value_and_json().unwrap();
        assert_eq!((one, json), ((1,), "[1]"));
        assert_eq!(reader.peek(), Some(b'{'));
    }
}
