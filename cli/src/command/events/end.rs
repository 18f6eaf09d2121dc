//! How reading ends.

use std::io;

use super::target::Kept;
use super::writer::Closed;
use crate::terminal::signals::Signal;

/// How reading ended.
#[derive(Debug)]
pub(super) enum End {
    Read,
    Stopped(Stop),
    Signalled(Signal),
}

/// Why a run stopped before all sessions were read.
#[derive(Debug)]
pub(super) enum Stop {
    /// The output was closed or failed.
    Closed,
    /// The last failure concerns the client: other sessions would fail for the same reason.
    Client,
}

impl From<Closed> for Stop {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

/// How the output ended.
#[derive(Debug)]
pub(super) enum OutputEnd {
    Ended(io::Result<Kept>),
    /// Its last write hadn't returned.
    Abandoned(Signal),
}
