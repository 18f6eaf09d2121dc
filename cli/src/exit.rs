//! Exit status.

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

impl Status {
    /// The number that the process exits with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            // By convention of shells, 128 plus the signal's number.
            Self::Stopped(Signal::HangUp) => 128 + 1,
            Self::Stopped(Signal::Interrupt) => 128 + 2,
            Self::Stopped(Signal::Quit) => 128 + 3,
            Self::Stopped(Signal::Terminate) => 128 + 15,
        }
    }
}
