//! What listings consist of.

use std::fmt;

use crate::decode::error::JsonError;
use crate::decode::reader::JsonReader;
use crate::position::identities::Identity;

/// One entity of a listing: its text as sent, and the fields decoded with the listing.
pub(crate) trait Entity: Sized + Send + 'static {
    /// The one field that is required. No other can fail the entity.
    const REQUIRED: &'static str;

    /// Reads the value that is next, and returns its text too; `None` if it is another value than an entity.
    fn read<'a>(json: &mut JsonReader<'a>) -> Result<(Option<Self>, &'a str), JsonError>;

    fn id(&self) -> Option<&str>;

    /// Identifies it in checkpoints.
    fn identity(&self) -> Identity<'_>;
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

impl MalformedError {
    pub(crate) fn of<T: Entity>() -> Self {
        Self {
            required: T::REQUIRED,
        }
    }
}

impl fmt::Debug for Malformed {
    /// Leaves out the text, which is a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Malformed")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
