//! Short digests by which an event is recognized.

use sha2::{Digest as _, Sha256};

/// What is kept of an event's identity: 8 bytes of a keyed digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digest(pub(crate) [u8; 8]);

/// The dataset's key of digests, so that they say nothing outside it.
#[derive(Clone)]
pub(crate) struct DigestKey(pub(crate) [u8; 16]);

impl DigestKey {
    /// Returns the digest of a session's event: of its id, or of its JSON where there is none.
    pub(crate) fn digest(&self, session: &str, id_or_json: &str) -> Digest {
        let mut hash = Sha256::new();
        hash.update(self.0);
        // Their lengths, so that no other split of the same text has the same digest.
        hash.update((session.len() as u64).to_le_bytes());
        hash.update(session);
        hash.update(id_or_json);
        let mut short = [0; 8];
        for (short, byte) in short.iter_mut().zip(hash.finalize()) {
            *short = byte;
        }
        Digest(short)
    }
}

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(..)")
    }
}

/// Joins digests to one blob.
pub(crate) fn join(digests: &[Digest]) -> Vec<u8> {
    digests.iter().flat_map(|digest| digest.0).collect()
}

/// Splits a blob into digests.
pub(crate) fn split(blob: &[u8]) -> impl Iterator<Item = Digest> {
    blob.as_chunks().0.iter().map(|chunk| Digest(*chunk))
}
