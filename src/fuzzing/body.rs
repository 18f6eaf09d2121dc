//! What a scan accepts as the body of an event, byte by byte.

/// The differences to JSON, all of them: literals, numbers and escapes may be any, and commas, colons and
/// strings in any order.
///
/// Brackets nest, strings end, a string is followed by what may follow one, and control characters are only
/// white space outside strings. A backslash is only in a string.
pub(super) fn assert_is_accepted(body: &str) {
    let mut open = Vec::new();
    let mut bytes = body.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                loop {
                    match bytes.next().expect("a string ends") {
                        b'"' => break,
                        b'\\' => assert!(bytes.next().is_some_and(|byte| byte >= b' ')),
                        byte => assert!(byte >= b' ', "a control character in a string"),
                    }
                }
                while bytes.next_if(|byte| b" \n\r\t".contains(byte)).is_some() {}
                let next = bytes.peek();
                assert!(next.is_some_and(|next| b",:}]".contains(next)));
            }
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => assert_eq!(open.pop(), Some(byte)),
            byte => {
                let is_white = b" \n\r\t".contains(&byte);
                assert!(is_white || byte > b' ' && byte != b'\\');
            }
        }
        assert_eq!(open.is_empty(), bytes.peek().is_none(), "one value");
    }
}
