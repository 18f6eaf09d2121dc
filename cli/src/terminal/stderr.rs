//! The program's stderr.

use std::io::{self, ErrorKind, Write};
use std::sync::LazyLock;

use console::Term;
#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use rustix::io::Errno;

use super::writer::{Output, Writer};

/// Width of a terminal that doesn't report it.
const DEFAULT_COLUMNS: u16 = 80;

/// Writes to stderr. Nothing else does.
pub(super) static STDERR: LazyLock<Writer<Stderr>> = LazyLock::new(|| {
    let term = Term::stderr();
    Writer::start(Stderr {
        terminal: can_redraw(&term).then_some(term),
    })
});

/// Stderr: a terminal, a file or a pipe.
#[derive(Debug)]
pub(super) struct Stderr {
    terminal: Option<Term>,
}

/// Whether escape sequences work. `TERM=dumb` says that they don't; on Windows they are turned on.
fn can_redraw(term: &Term) -> bool {
    term.is_term() && !console::is_dumb() && (cfg!(unix) || term.features().colors_supported())
}

impl Output for Stderr {
    fn write(&self, piece: &str) {
        let mut left = piece.as_bytes();
        while !left.is_empty() {
            match io::stderr().write(left) {
                Ok(length @ 1..) => left = left.get(length..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // It is in non-blocking mode: a program that has it too may have set that.
                Err(error) if error.kind() == ErrorKind::WouldBlock && becomes_writable() => {}
                // If stderr fails, nothing else can report it.
                Ok(_) | Err(_) => return,
            }
        }
    }

    fn columns(&self) -> Option<usize> {
        let term = self.terminal.as_ref()?;
        let columns = term.size_checked().map_or(DEFAULT_COLUMNS, |size| size.1);
        Some(columns.into())
    }

    #[cfg(unix)]
    fn is_writable(&self) -> bool {
        // An error means that a write fails, which takes no time either.
        polled(Some(&Timespec::default())) != Ok(PollFlags::empty())
    }

    #[cfg(not(unix))]
    fn is_writable(&self) -> bool {
        false
    }
}

/// Waits until stderr takes more. Returns whether it can be known.
#[cfg(unix)]
fn becomes_writable() -> bool {
    match polled(None) {
        Ok(events) => !events.contains(PollFlags::NVAL),
        Err(error) => error == Errno::INTR,
    }
}

#[cfg(not(unix))]
fn becomes_writable() -> bool {
    false
}

#[cfg(unix)]
fn polled(time: Option<&Timespec>) -> rustix::io::Result<PollFlags> {
    let stderr = io::stderr();
    let mut polled = [PollFd::new(&stderr, PollFlags::OUT)];
    poll(&mut polled, time)?;
    Ok(polled.iter().map(PollFd::revents).collect())
}
