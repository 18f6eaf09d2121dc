//! The program's stderr.

use std::io::{self, Write};
use std::sync::LazyLock;

use console::Term;

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
    fn write(&self, text: &str) {
        // If stderr fails, nothing else can report it. A single write, so that output of other programs
        // can't end up inside a message.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn columns(&self) -> Option<usize> {
        let term = self.terminal.as_ref()?;
        let columns = term.size_checked().map_or(DEFAULT_COLUMNS, |size| size.1);
        Some(columns.into())
    }

    #[cfg(unix)]
    fn is_writable(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let stderr = io::stderr();
        let mut polled = [PollFd::new(&stderr, PollFlags::OUT)];
        // An error means that a write fails, which takes no time either.
        poll(&mut polled, Some(&Timespec::default())) != Ok(0)
    }

    #[cfg(not(unix))]
    fn is_writable(&self) -> bool {
        false
    }
}
