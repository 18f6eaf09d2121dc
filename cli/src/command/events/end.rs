//! How reading ends.

use super::tally::Failure;
use super::writer::Closed;
use crate::terminal::signals::Signal;

/// How reading ended.
#[derive(Debug)]
pub(super) enum End {
    Read,
    Stopped(Stop),
    Signalled(Signal, Known),
}

/// Whether all output that was queued is known to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Exactly,
    /// The last write hadn't returned.
    AtLeast,
}

/// Why a run stopped before all sessions were read.
#[derive(Debug)]
pub(super) enum Stop {
    /// The output was closed or failed.
    Closed,
    /// The other sessions would fail for the same reason.
    Client(Failure),
}

impl From<Closed> for Stop {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}
