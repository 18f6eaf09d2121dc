//! Stdout: whether it is there, and whether its reader is.

/// Why a closed stdout is refused.
pub(crate) const CLOSED: &str = "stdout is closed, or is /dev/null opened for reading too; name a \
                                 file with --output, or --output /dev/null";

/// Whether stdout was closed when the program began (`>&-`). Rust's runtime then opens `/dev/null` in its
/// place, for reading too, and every write would seem to succeed.
#[cfg(unix)]
pub(crate) fn is_closed() -> bool {
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{OFlags, fcntl_getfl, fstat};
    let stdout = std::io::stdout();
    let flags = fcntl_getfl(&stdout).unwrap_or(OFlags::empty());
    let is_read_write = flags & OFlags::RWMODE == OFlags::RDWR;
    let null = std::fs::metadata("/dev/null").map_or(0, |null| null.rdev());
    is_read_write && null != 0 && fstat(&stdout).is_ok_and(|stdout| stdout.st_rdev == null)
}

/// Whether the reader of a pipe has gone. A write would find out too, but there may be nothing to write.
#[cfg(unix)]
pub(crate) fn has_lost_its_reader() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let _ = poll(&mut polled, Some(&at_once));
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
