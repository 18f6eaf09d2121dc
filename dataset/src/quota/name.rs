//! The name of a quota: of whoever's requests count together.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Digests a name, whatever it is, so that it can't be read where the quota is.
pub(crate) fn digest(name: &str) -> String {
    let digest = Sha256::digest(name);
    digest
        .iter()
        .take(16)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
