//! How the program ends, as a shell sees it.

use std::process::ExitCode;

use crate::terminal::signals::Signal;

/// The exit status; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything came, or the reader of stdout wanted no more.
    Complete,
    /// Something failed; stderr says what.
    Failed,
    /// The arguments or the environment are not allowed. Nothing was sent, nothing printed.
    Usage,
    /// A signal ended it.
    Stopped(Signal),
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Complete => 0,
            Status::Failed => 1,
            Status::Usage => 2,
            // What shells report of a program that a signal ended: 128 and the signal's number.
            Status::Stopped(Signal::Interrupt) => 128 + 2,
            Status::Stopped(Signal::Terminate) => 128 + 15,
        })
    }
}
