//! Random names and keys.

use crate::error::{Error, ErrorKind, Result};

/// Returns 16 random bytes.
pub(crate) fn bytes() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(ErrorKind::Unsupported, "the system has no random numbers").with_source(error)
    })?;
    Ok(bytes)
}

/// Returns 16 random hexadecimal digits.
pub(crate) fn hex() -> Result<String> {
    Ok(format!("{:016x}", u128::from_le_bytes(bytes()?) >> 64))
}

/// Returns 32 random hexadecimal digits.
pub(crate) fn long_hex() -> Result<String> {
    Ok(format!("{:032x}", u128::from_le_bytes(bytes()?)))
}
