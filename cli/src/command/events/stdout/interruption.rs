//! An end before the last event, in words.

use std::fmt::Write as _;
use std::io;

use super::queue::Reached;
use crate::terminal::advice::{Restart, count, go_on};
use crate::terminal::signals::Signal;

/// How well it is known how many events were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Exactly,
    /// The last write was still under way.
    AtLeast,
}

/// An end by a signal.
#[derive(Debug)]
pub(crate) struct Interruption {
    pub(crate) signal: Signal,
    pub(crate) known: Known,
    pub(crate) reached: Reached,
    /// The session that was being written.
    pub(crate) session: Option<String>,
    pub(crate) not_begun: usize,
}

impl Interruption {
    pub(crate) fn in_words(self, restart: Restart) -> String {
        let Self {
            signal,
            known,
            reached,
            session,
            not_begun,
        } = self;
        let mut text = format!(
            "ended by {}: {}{} written",
            signal.name(),
            match known {
                Known::Exactly => "",
                Known::AtLeast => "at least ",
            },
            count(reached.events, "event")
        );
        let Some(session) = session else { return text };
        // The lines may all be of the session before.
        let checkpoint = reached
            .checkpoint
            .filter(|place| place.session_id() == session);
        let of_session = checkpoint.as_ref().map_or(0, |_| reached.events_of_session);
        let _ = write!(text, ", {of_session} of them of session {session}");
        if restart == Restart::Possible {
            go_on(&mut text, &session, checkpoint.as_ref());
            if not_begun > 0 {
                let left = count(not_begun as u64, "session");
                let _ = write!(text, "\n  not begun: the last {left}");
            }
        }
        text
    }
}

/// Stdout that can't be written to.
pub(crate) fn unwritable(session: &str, error: &io::Error, reached: &Reached) -> String {
    format!(
        "session {session}: stdout can't be written to: {error}\n  written: at least {}; the last \
         line may be cut short\n  next: make room or write elsewhere, and run it again",
        count(reached.events, "event")
    )
}
