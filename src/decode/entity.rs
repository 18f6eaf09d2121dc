//! What listings consist of.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::position::digest::Digest;

/// One entity of a listing: its text as sent, and the fields decoded with the listing.
pub(crate) trait Entity: Sized + Send + 'static {
    /// The fields that are decoded with the listing. Only a required one can fail it, not an odd value.
    type Envelope: DeserializeOwned;

    /// The one field that is required.
    const REQUIRED: &'static str;

    fn new(json: &str, envelope: Self::Envelope) -> Self;

    fn id(&self) -> Option<&str>;

    /// Identifies it in checkpoints.
    fn digest(&self) -> Digest;
}

/// An entity that can't be read, as sent.
#[derive(Clone)]
pub(crate) struct Malformed {
    /// Identifies it to a checkpoint that skips it.
    pub(crate) json: Box<str>,
    pub(crate) error: MalformedError,
}

/// Why an entity can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it isn't an object with a readable `{required}`")]
pub(crate) struct MalformedError {
    pub(crate) required: &'static str,
}

impl fmt::Debug for Malformed {
    /// Leaves out the text, which is a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Malformed")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
