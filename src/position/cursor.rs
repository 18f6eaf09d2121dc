//! Cursors: extracted from the service's URIs, sent back byte for byte.

use std::fmt;

/// The longest cursor followed, in bytes: a request line longer than 8 KiB is refused by common
/// servers and proxies, so a longer cursor can't be sent.
const MAX_BYTES: usize = 8 * 1024;

/// The encoded text of a cursor, as found in a `nextUri`. It is never decoded or encoded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cursor(Box<str>);

/// The direction of a walk, which names the parameter that carries its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    After,
    Before,
}

impl Direction {
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::Before => "before",
        }
    }
}

/// Why a text can't be a cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidCursor {
    #[error("it is empty")]
    Empty,
    #[error("it has {0} bytes, at most {MAX_BYTES} are allowed")]
    TooLong(usize),
    #[error(
        "its byte {0} is not allowed; expected the encoded text as found in a nextUri, such as \
         abc%2Fdef%3D"
    )]
    Character(usize),
}

/// Why a URI of the service has no usable cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCursor {
    #[error("it isn't readable text")]
    NotText,
    #[error("it has no `{0}` parameter")]
    Missing(&'static str),
    #[error("its cursor can't be sent")]
    Invalid(#[source] InvalidCursor),
}

impl Cursor {
    /// Accepts a text that can be sent in a query unchanged.
    pub(crate) fn new(encoded: &str) -> Result<Self, InvalidCursor> {
        if encoded.is_empty() {
            return Err(InvalidCursor::Empty);
        }
        if encoded.len() > MAX_BYTES {
            return Err(InvalidCursor::TooLong(encoded.len()));
        }
        match encoded
            .bytes()
            .position(|byte| !is_unchanged_in_a_query(byte))
        {
            Some(index) => Err(InvalidCursor::Character(index)),
            None => Ok(Self(encoded.into())),
        }
    }

    /// Extracts the cursor from a `nextUri` or `previousUri`.
    ///
    /// Only the cursor: the URI's host, path and other parameters are never requested. An absent or empty
    /// URI, or an empty cursor, is the end of the walk.
    pub(crate) fn from_uri(
        uri: Option<&str>,
        direction: Direction,
    ) -> Result<Option<Self>, NoCursor> {
        let Some(uri) = uri.filter(|uri| !uri.is_empty()) else {
            return Ok(None);
        };
        let without_fragment = uri.split('#').next().unwrap_or_default();
        let query = without_fragment
            .split_once('?')
            .map_or("", |(_, query)| query);
        let name = direction.parameter();
        let value = query
            .split('&')
            .find_map(|pair| match pair.split_once('=') {
                Some((key, value)) => (key == name).then_some(value),
                None => (pair == name).then_some(""),
            })
            .ok_or(NoCursor::Missing(name))?;
        if value.is_empty() {
            return Ok(None);
        }
        Self::new(value).map(Some).map_err(NoCursor::Invalid)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a byte is left unchanged in a URL's query: not in the WHATWG query percent-encode set for
/// special schemes, and neither `&` nor `#`, which end the value.
fn is_unchanged_in_a_query(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'&' | b'\'' | b'<' | b'>')
}

impl fmt::Debug for Cursor {
    /// A cursor may encode what a customer did: only its length is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(uri: &str) -> Result<Option<String>, NoCursor> {
        let cursor = Cursor::from_uri(Some(uri), Direction::After)?;
        Ok(cursor.map(|cursor| cursor.as_str().to_owned()))
    }

    #[test]
    fn a_cursor_is_taken_as_it_stands() {
        for (uri, cursor) in [
            ("/x?pageSize=200&after=a+b/c==", "a+b/c=="),
            (
                "/x?after=abc%2Fdef%2Bghi%3D&pageSize=2#frag",
                "abc%2Fdef%2Bghi%3D",
            ),
            ("https://evil.example/y?after=c3RlYWw%3D", "c3RlYWw%3D"),
            ("//evil?after=1", "1"),
            ("\\\\evil?after=2", "2"),
            ("javascript:alert(1)?after=3", "3"),
            ("?after=first&after=second", "first"),
            ("?x=?after=no&after=yes", "yes"),
        ] {
            assert_eq!(after(uri), Ok(Some(cursor.to_owned())), "{uri}");
        }
    }

    #[test]
    fn no_uri_or_an_empty_cursor_is_the_end() {
        assert_eq!(Cursor::from_uri(None, Direction::After), Ok(None));
        for uri in ["", "/x?after=", "/x?after", "/x?after=&pageSize=1"] {
            assert_eq!(after(uri), Ok(None), "{uri}");
        }
    }

    #[test]
    fn a_uri_without_the_parameter_is_an_error() {
        for uri in [
            "/x",
            "/x?pageSize=200",
            "/x?before=a",
            "/x?hereafter=a",
            "/x#?after=a",
            " ",
        ] {
            assert_eq!(after(uri), Err(NoCursor::Missing("after")), "{uri}");
        }
    }

    #[test]
    fn what_would_change_or_end_the_query_is_no_cursor() {
        assert_eq!(Cursor::new(""), Err(InvalidCursor::Empty));
        for (text, place) in [
            ("a&limit=1", 1),
            ("ab#", 2),
            ("a b", 1),
            ("é", 0),
            ("a\r\n", 1),
        ] {
            assert_eq!(
                Cursor::new(text),
                Err(InvalidCursor::Character(place)),
                "{text:?}"
            );
        }
        let long = "a".repeat(MAX_BYTES + 1);
        assert_eq!(
            Cursor::new(&long),
            Err(InvalidCursor::TooLong(MAX_BYTES + 1))
        );
        assert!(Cursor::new(&long[1..]).is_ok());
    }

    #[test]
    fn debug_hides_the_text() {
        assert_eq!(
            format!("{:?}", Cursor::new("s3cret").unwrap()),
            "Cursor(6 bytes)"
        );
    }
}
