//! The members of one object.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::cursor::{Cursor, Stop};

/// A member's value, by where it is in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Text),
    /// An object or array, in which only brackets and strings were checked.
    Container(Range<usize>),
    /// A valid number, `true`, `false` or `null`.
    Scalar(Range<usize>),
}

impl Value {
    /// Where all of it is, quotes included.
    pub(crate) fn at(&self) -> Range<usize> {
        match self {
            Self::Text(Text { at, .. }) => at.start - 1..at.end + 1,
            Self::Container(at) | Self::Scalar(at) => at.clone(),
        }
    }
}

/// A valid string, by where it is in the text, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) at: Range<usize>,
    pub(crate) has_escapes: bool,
}

/// A member's name; `None` if it can't be decoded.
pub(crate) type Name<'a> = Option<Cow<'a, str>>;

/// Reads the object at the start of a text and returns where it ends. `member` is called with each member in
/// turn.
pub(crate) fn object<'a>(
    text: &'a str,
    mut member: impl FnMut(Name<'a>, Value) -> Result<(), Stop>,
) -> Result<usize, Stop> {
    let mut object = Object {
        text,
        cursor: Cursor::new(text.as_bytes()),
        at: 0,
    };
    object.expect(b'{')?;
    if object.peek()? != b'}' {
        loop {
            let name = object.name()?;
            object.expect(b':')?;
            let value = object.value()?;
            member(name, value)?;
            if object.peek()? == b'}' {
                break;
            }
            object.expect(b',')?;
        }
    }
    let end = object.at + 1;
    object.cursor.finish(end)?;
    Ok(end)
}

/// Decodes a text that is valid; `None` if it has half of a surrogate pair.
pub(crate) fn decoded(quoted: &str) -> Option<String> {
    serde_json::from_str(quoted).ok()
}

struct Object<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
    at: usize,
}

impl<'a> Object<'a> {
    fn name(&mut self) -> Result<Name<'a>, Stop> {
        if self.peek()? != b'"' {
            return Err(Stop::Refused);
        }
        let Text { at, has_escapes } = self.string()?;
        Ok(if has_escapes {
            decoded(self.slice(at.start - 1..at.end + 1)).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.slice(at)))
        })
    }

    fn value(&mut self) -> Result<Value, Stop> {
        match self.peek()? {
            b'"' => self.string().map(Value::Text),
            b'{' | b'[' => {
                let start = self.at;
                self.at = self.cursor.bracket_end(start)? + 1;
                Ok(Value::Container(start..self.at))
            }
            _ => self.scalar(),
        }
    }

    /// Reads a string and validates its escapes.
    fn string(&mut self) -> Result<Text, Stop> {
        let start = self.at;
        let (end, has_escapes) = self.cursor.string_end(start)?;
        self.at = end + 1;
        if has_escapes {
            validate(self.slice(start..self.at))?;
        }
        Ok(Text {
            at: start + 1..end,
            has_escapes,
        })
    }

    fn scalar(&mut self) -> Result<Value, Stop> {
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
        let length = self.rest().iter().position(is_end);
        let end = self.at + length.ok_or(Stop::TextEnds)?;
        let at = self.at..end;
        validate(self.slice(at.clone()))?;
        self.at = end;
        Ok(Value::Scalar(at))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(Stop::Refused);
        }
        self.at += 1;
        Ok(())
    }

    /// The byte after white space.
    fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.rest().first().ok_or(Stop::TextEnds)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(*byte),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }
}

/// Refuses a text that isn't one JSON value.
pub(crate) fn validate(json: &str) -> Result<(), Stop> {
    let valid = serde_json::from_str::<IgnoredAny>(json);
    valid.map(|_| ()).map_err(|_| Stop::Refused)
}
