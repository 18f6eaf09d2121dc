//! Whether a line on the terminal would be among events that are streamed.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

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
            Self::Stdout => stdout_metadata(),
            Self::Path(path) => fs::metadata(path),
        };
        !metadata.is_ok_and(|metadata| metadata.is_file() || is_null(&metadata))
    }
}

fn stdout_metadata() -> io::Result<Metadata> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    File::from(stdout?).metadata()
}

/// Returns whether it is the device that `/dev/null` is, under any name.
#[cfg(unix)]
fn is_null(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    metadata.file_type().is_char_device()
        && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
fn is_null(_: &Metadata) -> bool {
    false
}
