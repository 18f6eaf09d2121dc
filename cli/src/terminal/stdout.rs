//! Stdout: whether it is there, whether its reader is, and how wide it is.

use std::fs::{File, Metadata};
use std::io::{self, Write};

use tokio::task::spawn_blocking;

/// Why a closed stdout is refused.
pub(crate) const CLOSED: &str = "stdout is closed, or is /dev/null opened for reading too; name a \
                                 file with --output, or --output /dev/null";

/// Prints on a blocking thread, since a terminal or the reader of a pipe may stall.
pub(crate) async fn print(text: String) -> io::Result<()> {
    let printing = spawn_blocking(move || {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    });
    printing.await.map_err(io::Error::other)?
}

/// Returns how many columns the terminal has that stdout is.
pub(crate) fn columns() -> usize {
    let (_, columns) = console::Term::stdout().size();
    columns.into()
}

/// Returns what stdout is: a file, a pipe, a device.
pub(crate) fn metadata() -> io::Result<Metadata> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    File::from(stdout?).metadata()
}

/// Whether it is the device that `/dev/null` is, under any name.
#[cfg(unix)]
pub(crate) fn is_null_device(file: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    file.file_type().is_char_device()
        && std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == file.rdev())
}

#[cfg(not(unix))]
pub(crate) fn is_null_device(_: &Metadata) -> bool {
    false
}

/// Whether stdout was closed when the program began (`>&-`). Rust's runtime then opens `/dev/null` in its
/// place, for reading too, and every write would seem to succeed.
#[cfg(unix)]
pub(crate) fn is_closed() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl};
    let flags = fcntl_getfl(io::stdout()).unwrap_or(OFlags::empty());
    let is_read_write = flags & OFlags::RWMODE == OFlags::RDWR;
    is_read_write && metadata().is_ok_and(|stdout| is_null_device(&stdout))
}

/// Whether the reader of a pipe has gone. A write would find out too, but there may be nothing to write.
#[cfg(unix)]
pub(crate) fn has_lost_its_reader() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let _ = poll(&mut polled, Some(&Timespec::default()));
    let [polled] = polled;
    polled.revents().contains(PollFlags::ERR)
}

#[cfg(not(unix))]
pub(crate) fn is_closed() -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn has_lost_its_reader() -> bool {
    false
}
