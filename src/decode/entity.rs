//! What listings are made of.

use serde::de::DeserializeOwned;

use crate::position::digest::Digest;

/// One entity of a listing: the text as sent, and what was read of it on the way.
pub(crate) trait Entity: Sized + Send + 'static {
    /// The fields that are read with the listing.
    type Envelope: DeserializeOwned;

    fn new(json: &str, envelope: Self::Envelope) -> Self;

    fn id(&self) -> Option<&str>;

    /// Identifies it in checkpoints.
    fn digest(&self) -> Digest;
}
