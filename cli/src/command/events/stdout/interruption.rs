//! Describes an export to stdout that was stopped before its end.

use std::fmt::Write as _;
use std::io;

use super::queue::Written;
use crate::terminal::advice::{Resume, count, push_resume};
use crate::terminal::signals::Signal;

/// Whether all output that was queued is known to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Exactly,
    /// The last write hadn't returned.
    AtLeast,
}

/// An export stopped by a signal.
#[derive(Debug)]
pub(super) struct Interruption {
    pub(super) signal: Signal,
    pub(super) known: Known,
    pub(super) written: Written,
    /// The session that was being written.
    pub(super) session: Option<String>,
    pub(super) not_started: usize,
}

impl Interruption {
    /// Returns what was written, and how to resume.
    pub(super) fn message(self, resume: Resume) -> String {
        let Self {
            signal,
            known,
            written,
            session,
            not_started,
        } = self;
        let mut text = format!(
            "stopped by {}: {}{} written",
            signal.name(),
            match known {
                Known::Exactly => "",
                Known::AtLeast => "at least ",
            },
            count(written.events, "event")
        );
        let Some(session) = session else { return text };
        // All lines may belong to the previous session.
        let checkpoint = written
            .checkpoint
            .filter(|checkpoint| checkpoint.session_id() == session);
        let session_events = checkpoint.as_ref().map_or(0, |_| written.session_events);
        let _ = write!(text, ", {session_events} of them from session {session}");
        if resume == Resume::Possible {
            push_resume(&mut text, &session, checkpoint.as_ref());
            if not_started > 0 {
                let left = count(not_started as u64, "session");
                let _ = write!(text, "\n  not started: the last {left}");
            }
        }
        text
    }
}

/// Describes a failed write to stdout.
pub(super) fn write_failure(session: &str, error: &io::Error, written: &Written) -> String {
    format!(
        "session {session}: can't write to stdout: {error}\n  written: at least {}; the last line may \
         be truncated\n  next: free some space or write elsewhere, then run it again",
        count(written.events, "event")
    )
}
