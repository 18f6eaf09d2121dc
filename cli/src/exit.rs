//! Exit status.

use std::process::ExitCode;

use crate::terminal::signals::Signal;

/// How the program ended. `--help` lists the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Complete, or the reader of stdout closed it.
    Complete,
    /// Something failed; stderr has the details.
    Failed,
    /// Invalid arguments or environment. Nothing was sent or printed.
    Usage,
    /// Stopped by a signal.
    Stopped(Signal),
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Complete => 0,
            Status::Failed => 1,
            Status::Usage => 2,
            // By convention of shells, 128 plus the signal's number.
            Status::Stopped(Signal::HangUp) => 128 + 1,
            Status::Stopped(Signal::Interrupt) => 128 + 2,
            Status::Stopped(Signal::Quit) => 128 + 3,
            Status::Stopped(Signal::Terminate) => 128 + 15,
        })
    }
}
