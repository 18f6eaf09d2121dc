//! What events are written to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::atomic_file::AtomicFile;
use crate::options::destination::Destination;
use crate::terminal::messages;
use crate::terminal::stdout;

/// How often a named pipe is tried that has no reader yet.
const RETRY: Duration = Duration::from_millis(50);

/// What to do with the output at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Complete it; a file replaces an earlier one.
    Complete,
    /// A file is completed and kept beside; text on its way to a reader ends where it is.
    Partial,
    /// Nothing was received: remove a file.
    Discard,
}

/// What became of the output.
#[derive(Debug)]
pub(super) enum Kept {
    File(PathBuf),
    Partial(PathBuf),
    /// There is no file: it was removed, or events went to a reader.
    Nothing,
}

/// Stdout, a device or named pipe, or a temporary file.
#[derive(Debug)]
pub(super) enum Target {
    Stdout(io::Stdout),
    /// Opened once there is something to write.
    Through(PathBuf),
    Connected(File),
    File(AtomicFile),
}

impl Target {
    /// Creates a temporary file. A device or named pipe isn't opened yet.
    pub(super) fn open(destination: Destination) -> io::Result<Self> {
        Ok(match destination {
            Destination::Stdout if stdout::is_closed() => {
                return Err(io::Error::other(stdout::CLOSED));
            }
            Destination::Stdout => Self::Stdout(io::stdout()),
            Destination::Through(path) => Self::Through(path),
            Destination::File(path) => Self::File(AtomicFile::create(&path)?),
        })
    }

    /// Whether a reader takes events as they are written.
    pub(super) fn is_stream(&self) -> bool {
        !matches!(self, Self::File(_))
    }

    pub(super) fn temporary(&self) -> Option<PathBuf> {
        match self {
            Self::File(file) => Some(file.temporary().to_owned()),
            _ => None,
        }
    }

    /// Opens a device or named pipe, and waits for a reader unless that is given up.
    pub(super) fn connect(&mut self, mut is_given_up: impl FnMut() -> bool) -> io::Result<()> {
        let Self::Through(path) = self else {
            return Ok(());
        };
        let mut has_waited = false;
        loop {
            if let Some(file) = open_for_reader(path)? {
                *self = Self::Connected(file);
                return Ok(());
            }
            if is_given_up() {
                return Err(io::ErrorKind::NotConnected.into());
            }
            if !has_waited {
                messages::say_now(&format!("waiting for a reader of {}", path.display()));
                has_waited = true;
            }
            #[expect(clippy::disallowed_methods, reason = "this is a blocking thread")]
            sleep(RETRY);
        }
    }

    /// Gives a file its name.
    pub(super) fn publish(self) -> io::Result<Kept> {
        match self {
            Self::File(file) => file.publish().map(Kept::File),
            _ => Ok(Kept::Nothing),
        }
    }

    /// Keeps a file that isn't complete.
    pub(super) fn keep(self) -> io::Result<Kept> {
        match self {
            Self::File(file) => file.keep_as_partial().map(Kept::Partial),
            _ => Ok(Kept::Nothing),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Through(_) => Err(io::ErrorKind::NotConnected.into()),
            Self::Connected(file) => file.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Through(_) | Self::Connected(_) => Ok(()),
            Self::File(file) => file.flush(),
        }
    }
}

/// Opens a device or named pipe; `None` if the pipe has no reader.
#[cfg(unix)]
fn open_for_reader(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let mut options = OpenOptions::new();
    let not_blocking = OFlags::NONBLOCK.bits().cast_signed();
    options.write(true).custom_flags(not_blocking);
    let file = match options.open(path) {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            return Ok(None);
        }
        opened => opened?,
    };
    // Writes wait for the reader.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(Some(file))
}

#[cfg(not(unix))]
fn open_for_reader(path: &Path) -> io::Result<Option<File>> {
    OpenOptions::new().write(true).open(path).map(Some)
}
