//! Session ids, validated before the first request.
//!
//! The library validates them too, but only when it gets to the session; others would be written by then.

/// Longest session id in bytes, as in the library.
const MAX_LENGTH: usize = 256;

/// Returns the id if it can be used in a URL path unescaped.
pub(crate) fn checked(id: &str) -> Result<String, String> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_valid = (1..=MAX_LENGTH).contains(&id.len())
        && id.bytes().all(is_unreserved)
        && id.bytes().any(|byte| byte != b'.');
    if is_valid {
        return Ok(id.to_owned());
    }
    Err(format!(
        "expected a UUID such as 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 (letters, digits and -._~, \
         at most {MAX_LENGTH})"
    ))
}
