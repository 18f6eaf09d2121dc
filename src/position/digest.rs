//! Short digests by which a position knows what was yielded.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

const BYTES: usize = 8;

/// The first 8 bytes of a SHA-256 over what identifies an entity. Written into checkpoints, so it never
/// changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u8; BYTES]);

impl Digest {
    pub(crate) fn of_id(id: &str) -> Self {
        Self::of("id", &[id])
    }

    /// Of an event without an id. Equal events have equal digests, so these are counted.
    pub(crate) fn of_anonymous(event_type: &str, created_date: &str, body: &str) -> Self {
        Self::of("event", &[event_type, created_date, body])
    }

    /// Of an entity that can't be decoded.
    pub(crate) fn of_malformed(json: &str) -> Self {
        Self::of("malformed", &[json])
    }

    /// Each part is preceded by its length, so that no two lists of parts are the same bytes.
    fn of(kind: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new_with_prefix(kind);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let hash = <[u8; 32]>::from(hash.finalize());
        let (digests, _) = hash.as_chunks::<BYTES>();
        Self(digests.first().copied().unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:016x})", u64::from_be_bytes(self.0))
    }
}

/// Writes digests as one text.
pub(crate) fn to_text(digests: &[Digest]) -> String {
    let bytes: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
    STANDARD_NO_PAD.encode(bytes)
}

/// Reads what [`to_text`] wrote; `None` if the text is anything else.
pub(crate) fn from_text(text: &str) -> Option<Vec<Digest>> {
    let bytes = STANDARD_NO_PAD.decode(text).ok()?;
    let (digests, rest) = bytes.as_chunks::<BYTES>();
    rest.is_empty()
        .then(|| digests.iter().copied().map(Digest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checkpoints of earlier versions hold these: they must never change.
    #[test]
    fn digests_are_frozen() {
        for (digest, expected) in [
            (Digest::of_id("e1"), "Digest(177d0477d3a5c4f3)"),
            (Digest::of_id(""), "Digest(3ef02682a07103cf)"),
            (
                Digest::of_anonymous("com.genesys.journey.WebEvent", "2026-03-01T09:15:31Z", "{}"),
                "Digest(7b5b2965a0e81e3d)",
            ),
            (Digest::of_malformed("42"), "Digest(594449a39186081b)"),
        ] {
            assert_eq!(format!("{digest:?}"), expected);
        }
    }

    #[test]
    fn parts_are_told_apart_by_their_lengths() {
        assert_ne!(
            Digest::of_anonymous("ab", "c", ""),
            Digest::of_anonymous("a", "bc", "")
        );
        assert_ne!(Digest::of_id("42"), Digest::of_malformed("42"));
    }

    #[test]
    fn digests_survive_their_text_and_nothing_else_is_read() {
        let digests: Vec<_> = ["a", "b", "c"].map(Digest::of_id).into();
        assert_eq!(from_text(&to_text(&digests)), Some(digests));
        assert_eq!(from_text(""), Some(Vec::new()));
        for text in ["A", "AAAA", "AAAAAAAAAA=", "not base64"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
