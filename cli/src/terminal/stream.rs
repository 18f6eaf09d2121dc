//! Whether a line on the terminal would be among events that are streamed.

use std::fs;
use std::path::Path;

use super::stdout;

/// Where events go as they arrive.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream<'a> {
    Stdout,
    /// A device or a named pipe.
    Path(&'a Path),
}

impl Stream<'_> {
    /// Returns whether what is written to it may be shown on a terminal: by a terminal itself, or by the reader
    /// of a pipe. A file and the null device show nothing.
    pub(crate) fn may_be_shown(self) -> bool {
        let metadata = match self {
            Self::Stdout => stdout::metadata(),
            Self::Path(path) => fs::metadata(path),
        };
        !metadata.is_ok_and(|metadata| metadata.is_file() || stdout::is_null_device(&metadata))
    }
}
