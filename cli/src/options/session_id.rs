//! Session ids, checked before anything is sent.
//!
//! The library refuses what is no id too, but at the session's turn, when others are already written.

/// Longest session id, in bytes, as in the library.
const LONGEST: usize = 256;

/// The id, if it can stand in the service's paths as it is.
pub(crate) fn checked(id: &str) -> Result<String, String> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_allowed = (1..=LONGEST).contains(&id.len())
        && id.bytes().all(is_unreserved)
        && id.bytes().any(|byte| byte != b'.');
    if is_allowed {
        return Ok(id.to_owned());
    }
    Err(format!(
        "allowed is a UUID such as 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 (letters, digits and \
         -._~, at most {LONGEST})"
    ))
}
