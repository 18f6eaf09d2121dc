//! An event as one line of JSON.

/// Appends an event's JSON to `lines` as one line.
///
/// The text is unchanged, numbers and escapes included, unless it has line breaks: then white space
/// between tokens is dropped. In valid JSON, line breaks are always between tokens. In an event's body that isn't
/// valid, a space stays between two values, so that the line is as invalid as what was sent.
///
/// ```
/// use journey_events_dataset::format::line;
///
/// let mut lines = Vec::new();
/// line::push(&mut lines, "{\n  \"id\": \"e-1\"\n}");
/// assert_eq!(lines, b"{\"id\":\"e-1\"}\n");
/// ```
pub fn push(lines: &mut Vec<u8>, json: &str) {
    let json = json.as_bytes();
    if json.contains(&b'\n') || json.contains(&b'\r') {
        push_compact(lines, json);
    } else {
        lines.extend_from_slice(json);
    }
    lines.push(b'\n');
}

fn push_compact(lines: &mut Vec<u8>, json: &[u8]) {
    let mut within = Within::Tokens;
    // What separates values, or the last byte of one.
    let (mut last, mut is_after_white) = (b',', false);
    for &byte in json {
        if within == Within::Tokens && matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            is_after_white = true;
            continue;
        }
        if is_after_white && !separates(last) && !separates(byte) {
            lines.push(b' ');
        }
        (last, is_after_white) = (byte, false);
        within = match (within, byte) {
            (Within::Tokens, b'"') | (Within::Escape, _) => Within::String,
            (Within::String, b'"') => Within::Tokens,
            (Within::String, b'\\') => Within::Escape,
            (unchanged, _) => unchanged,
        };
        lines.push(byte);
    }
}

fn separates(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Tokens,
    String,
    /// After a backslash in a string: the next byte can't end the string.
    Escape,
}

#[cfg(test)]
mod tests {
    fn line(json: &str) -> String {
        let mut lines = Vec::new();
        super::push(&mut lines, json);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn text_without_line_breaks_is_unchanged() {
        let json = "{ \"a\" :\t1.0 , \"b\":\"x  y\"}";
        assert_eq!(line(json), format!("{json}\n"));
    }

    #[test]
    fn white_space_between_tokens_is_dropped_if_there_are_line_breaks() {
        for (sent, expected) in [
            (
                "{\n  \"a\": [1, 2],\r\n\t\"b\": null\n}",
                r#"{"a":[1,2],"b":null}"#,
            ),
            ("{\r\"a\" : true\r}", r#"{"a":true}"#),
            ("{\n\"a b\": \"c  d\te\"\n}", "{\"a b\":\"c  d\te\"}"),
            ("{}\n", "{}"),
        ] {
            assert_eq!(line(sent), format!("{expected}\n"), "{sent:?}");
        }
    }

    #[test]
    fn invalid_text_stays_invalid() {
        for (sent, expected) in [
            ("{\"a\":1\n2}", "{\"a\":1 2}"),
            ("[tr\n\n ue, \"a\"\n\"b\"]", "[tr ue,\"a\" \"b\"]"),
            ("{\"a\":-\n 1,\n\"b\" : 1.\r5}", "{\"a\":- 1,\"b\":1. 5}"),
        ] {
            assert_eq!(line(sent), format!("{expected}\n"), "{sent:?}");
        }
    }

    #[test]
    fn numbers_and_escapes_are_unchanged() {
        for token in [
            "1e-07",
            "1.0",
            "-0",
            "1E+2",
            "123456789012345678901234567890",
            r#""\u00e9""#,
            r#""é 靴 👟""#,
            r#""\ud83d\udc5f""#,
            r#""a \" b""#,
            r#""ends in a backslash \\""#,
            r#""\\\" {  } [ , ] :""#,
            r#""\n \/""#,
        ] {
            assert_eq!(
                line(&format!("[ {token} ,\n {token} ]")),
                format!("[{token},{token}]\n")
            );
        }
    }
}
