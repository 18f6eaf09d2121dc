//! One event, one line.

/// Adds an event's JSON to `lines` as one line.
///
/// The text stays as it was sent, numbers and escapes included. Only where it has line breaks, the
/// white space between its tokens is left out. `json` is valid JSON, so a line break can't be within a
/// string.
pub(crate) fn push(lines: &mut Vec<u8>, json: &str) {
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
    for &byte in json {
        within = match (within, byte) {
            (Within::Tokens, b' ' | b'\t' | b'\n' | b'\r') => continue,
            (Within::Tokens, b'"') | (Within::Escape, _) => Within::String,
            (Within::String, b'"') => Within::Tokens,
            (Within::String, b'\\') => Within::Escape,
            (unchanged, _) => unchanged,
        };
        lines.push(byte);
    }
}

#[derive(Clone, Copy)]
enum Within {
    Tokens,
    String,
    /// Behind a backslash in a string: the next byte does not end the string.
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
    fn a_text_without_line_breaks_stays_as_it_is() {
        let json = "{ \"a\" :\t1.0 , \"b\":\"x  y\"}";
        assert_eq!(line(json), format!("{json}\n"));
    }

    #[test]
    fn of_a_text_with_line_breaks_only_the_space_between_tokens_goes() {
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
    fn numbers_and_escapes_stay_as_they_came() {
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
