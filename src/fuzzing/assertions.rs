//! Assertions that several properties share.

use url::Url;

use crate::position::cursor::{Cursor, Direction};

/// A cursor in a query keeps every byte and leaves the parameters around it unchanged, and a link that
/// has it in any of these positions yields it again.
pub(super) fn assert_is_sent_unchanged(cursor: &Cursor, direction: Direction) {
    let (name, text) = (direction.parameter(), cursor.as_str());
    let query = format!("limit=200&{name}={text}&eventType=a");
    let mut url = Url::parse("https://service.invalid/x").expect("a URL");
    url.set_query(Some(&query));
    assert_eq!(url.query(), Some(query.as_str()));
    assert_eq!((url.path(), url.fragment()), ("/x", None));
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    assert_eq!(names, ["limit", name, "eventType"]);

    for uri in [
        format!("/x?{name}={text}"),
        format!("//other.invalid/x?limit=1&{name}={text}&{name}=second#?{name}=third"),
        format!("?other={name}&{name}={text}#fragment"),
    ] {
        let again = Cursor::from_uri(Some(&uri), direction);
        assert_eq!(again.as_ref(), Ok(&Some(cursor.clone())));
    }
}

/// No control character, and none with Unicode's `Bidi_Control` property.
pub(super) fn assert_is_safe_to_show(text: &str) {
    let unsafe_char = text.chars().find(|c| {
        c.is_control()
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    });
    assert_eq!(unsafe_char, None);
}
