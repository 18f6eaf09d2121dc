//! Reports how an export ended.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use journey_events::ErrorKind;

use super::end::{End, Known, Stop};
use super::export::Export;
use super::tally::{Failure, Tally};
use super::writer::{Kept, Written};
use crate::command::other_kind;
use crate::exit::Status;
use crate::options::destination::Destination;
use crate::terminal::advice::{self, Resume, count};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signal;

/// Most unknown sessions that are looked up as something else.
const MOST_LOOKED_UP: usize = 3;

/// How an export ended.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) export: &'a Export,
    pub(super) end: End,
    pub(super) written: Written,
    pub(super) kept: io::Result<Kept>,
    pub(super) failures: Vec<Failure>,
    pub(super) tally: &'a Tally,
    pub(super) time: Duration,
}

impl Outcome<'_> {
    /// Prints what happened and what to do next, and returns the exit status.
    pub(super) async fn report(self) -> Status {
        let has_failed = !self.failures.is_empty();
        match (&self.end, &self.kept) {
            // Its reader had enough.
            (End::Read | End::Stopped(_), Err(error))
                if error.kind() == io::ErrorKind::BrokenPipe && self.is_stream() =>
            {
                self.say_failures().await;
                if has_failed {
                    Status::Failed
                } else {
                    Status::Complete
                }
            }
            (_, Err(error)) => {
                self.say_failures().await;
                let text = write_failure(self.export, error, Some(self.written.events));
                messages::say_last(text).await;
                Status::Failed
            }
            (End::Signalled(signal, known), Ok(kept)) => {
                messages::say_last(self.interruption(*signal, *known, kept)).await;
                Status::Stopped(*signal)
            }
            (End::Stopped(Stop::Client(failure)), Ok(kept)) => {
                self.say_failures().await;
                messages::say(self.early_end(failure, kept)).await;
                Status::Failed
            }
            (End::Stopped(Stop::Closed), Ok(_)) => Status::Failed,
            (End::Read, Ok(kept)) => {
                self.say_failures().await;
                let notes = self.notes();
                if !notes.is_empty() {
                    messages::say(notes).await;
                }
                if self.export.verbosity > Verbosity::Quiet {
                    messages::say(self.summary(kept)).await;
                } else if let (true, Kept::Partial(path)) = (has_failed, kept) {
                    messages::say(format!("received events are in {}", path.display())).await;
                }
                if has_failed {
                    Status::Failed
                } else {
                    Status::Complete
                }
            }
        }
    }

    fn is_stream(&self) -> bool {
        !matches!(self.export.destination, Destination::File(_))
    }

    /// Whether a cursor can continue: of one session, to a reader that has what was written.
    fn resume(&self) -> Resume {
        if self.export.sessions.len() == 1 && self.is_stream() {
            self.export.resume
        } else {
            Resume::Pointless
        }
    }

    async fn say_failures(&self) {
        match &self.failures[..] {
            [] => {}
            [
                Failure {
                    session,
                    error,
                    events,
                },
            ] => {
                messages::say(advice::failure(session, error, *events, self.resume())).await;
            }
            several => messages::say(listed(several, self.export.sessions.len())).await,
        }
        let unknown = self
            .failures
            .iter()
            .filter(|failure| failure.error.kind() == ErrorKind::NotFound)
            .take(MOST_LOOKED_UP);
        for Failure { session, .. } in unknown {
            let client = &self.export.request.client;
            if let Some(advice) = other_kind::advice(client, session, "events").await {
                messages::say(advice).await;
            }
        }
    }

    /// Types that no event had, and events that were skipped.
    fn notes(&self) -> String {
        let mut notes = Vec::new();
        let skipped = self.tally.skipped.load(Relaxed);
        if skipped > 0 {
            notes.push(format!(
                "skipped {} that couldn't be decoded",
                count(skipped, "event")
            ));
        }
        let unmatched = self.export.types.unmatched();
        if !unmatched.is_empty() {
            notes.push(format!("no event had the type {}", unmatched.join(" or ")));
        }
        notes.join("\n  ")
    }

    fn summary(&self, kept: &Kept) -> String {
        let stats = self.export.request.client.stats();
        let failed = self.failures.len();
        let mut text = advice::summary(self.written.events, &stats, self.time, failed);
        push_kept(&mut text, kept, &self.export.destination);
        if let Some(next_step) = self.export.next_step.as_ref().filter(|_| failed == 0) {
            let _ = write!(text, "\n  next: {next_step}");
        }
        text
    }

    fn interruption(&self, signal: Signal, known: Known, kept: &Kept) -> String {
        let at_least = match (known, kept) {
            (Known::AtLeast, Kept::Stream) => "at least ",
            _ => "",
        };
        let events = count(self.written.events, "event");
        let mut text = format!("stopped by {}: {at_least}{events} written", signal.name());
        push_kept(&mut text, kept, &self.export.destination);
        let sessions = &self.export.sessions;
        match (&sessions[..], self.resume()) {
            ([session], Resume::Possible) => {
                advice::push_resume(&mut text, session, self.written.checkpoint.as_ref());
            }
            ([_], _) => {}
            _ => {
                let started = self.tally.started();
                let _ = write!(
                    text,
                    "\n  started: {started} of {} sessions",
                    sessions.len()
                );
            }
        }
        text
    }

    fn early_end(&self, failure: &Failure, kept: &Kept) -> String {
        let Failure {
            session,
            error,
            events,
        } = failure;
        let mut text = advice::failure(session, error, *events, self.resume());
        let left = self.export.sessions.len() as u64 - self.tally.started();
        if self.export.sessions.len() > 1 {
            let _ = write!(
                text,
                "\n  stopped, since other sessions would fail as well: {} not started",
                count(left, "session")
            );
        }
        push_kept(&mut text, kept, &self.export.destination);
        text
    }
}

/// Appends what became of a file.
fn push_kept(text: &mut String, kept: &Kept, destination: &Destination) {
    let _ = match (kept, destination) {
        (Kept::File(path), _) => write!(text, "\n  file: {}", path.display()),
        (Kept::Partial(path), _) => write!(
            text,
            "\n  received events are in {}, which is incomplete",
            path.display()
        ),
        (Kept::Nothing, Destination::File(path)) if path.exists() => write!(
            text,
            "\n  no events to write: {} is unchanged",
            path.display()
        ),
        (Kept::Nothing | Kept::Stream, _) => Ok(()),
    };
}

/// Lists failures, and what to do about each kind of them.
fn listed(failures: &[Failure], sessions: usize) -> String {
    let mut text = format!("{} of {sessions} sessions failed:", failures.len());
    let mut steps: Vec<String> = Vec::new();
    for Failure { session, error, .. } in failures {
        let _ = write!(text, "\n  {}", advice::reason(session, error));
        let step = advice::kind_step(error);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    for step in steps {
        let _ = write!(text, "\n  next: {step}");
    }
    text
}

/// Describes an output that can't be written, after that many events.
pub(super) fn write_failure(export: &Export, error: &io::Error, events: Option<u64>) -> String {
    let name = match &export.destination {
        Destination::Stdout => Path::new("stdout"),
        Destination::Through(path) | Destination::File(path) => path,
    };
    let mut text = format!("can't write to {}: {error}", name.display());
    match (&export.destination, events) {
        (Destination::File(path), Some(_)) if path.exists() => {
            text.push_str("\n  the file is unchanged; what was received is lost");
        }
        (Destination::File(_), _) | (_, None) => {}
        (_, Some(events)) => {
            let events = count(events, "event");
            let _ = write!(
                text,
                "\n  written: at least {events}; the last line may be truncated"
            );
        }
    }
    let next = match error.kind() {
        io::ErrorKind::PermissionDenied => "fix the permissions, or write elsewhere",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or write elsewhere"
        }
        _ => "fix it, or write elsewhere",
    };
    let _ = write!(text, "\n  next: {next}, then run it again");
    text
}
