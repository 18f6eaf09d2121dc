//! Reports how an export ended.

use std::fmt::Write as _;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use journey_events::{Checkpoint, ErrorKind};

use super::end::{End, OutputEnd, Stop};
use super::export::Export;
use super::tally::{Failure, Tally};
use super::target::Kept;
use super::wording::{listed, push_kept, write_failure};
use super::writer::Written;
use crate::command::other_kind::{self, Known};
use crate::exit::Status;
use crate::options::destination::Destination;
use crate::terminal::advice::{self, Resume, count};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signal;

/// Most sessions that are named where more were cut off.
const MOST_NAMED: usize = 10;

/// How an export ended.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) export: &'a Export,
    pub(super) end: End,
    pub(super) written: Written,
    pub(super) output: OutputEnd,
    pub(super) failures: Vec<Failure>,
    pub(super) tally: &'a Tally,
    pub(super) time: Duration,
}

impl Outcome<'_> {
    /// Returns the exit status.
    pub(super) fn status(&self) -> Status {
        match (&self.end, &self.output) {
            (_, OutputEnd::Ended(Err(error))) if !self.has_reader_gone(error) => Status::Failed,
            (_, OutputEnd::Abandoned(signal)) | (End::Signalled(signal), _) => {
                Status::Stopped(*signal)
            }
            _ if self.failures.is_empty() && !self.export.lacks_sources => Status::Complete,
            _ => Status::Failed,
        }
    }

    /// Prints what happened and what to do next.
    pub(super) async fn report(&self) {
        self.say_failures().await;
        self.say_notes().await;
        let text = match (&self.end, &self.output) {
            (_, OutputEnd::Abandoned(signal)) => self.abandoned(*signal),
            (_, OutputEnd::Ended(Err(error))) if self.has_reader_gone(error) => return,
            (_, OutputEnd::Ended(Err(error))) => {
                write_failure(self.export, error, Some(self.written.events))
            }
            (End::Stopped(Stop::Closed), OutputEnd::Ended(Ok(_))) => return,
            (End::Signalled(signal), OutputEnd::Ended(Ok(kept))) => {
                self.interruption(*signal, kept)
            }
            (End::Stopped(Stop::Client), OutputEnd::Ended(Ok(kept))) => self.early_end(kept),
            (End::Read, OutputEnd::Ended(Ok(kept))) => {
                let is_partial = matches!(kept, Kept::Partial(_));
                if self.export.verbosity == Verbosity::Quiet && !is_partial {
                    return;
                }
                self.summary(kept)
            }
        };
        messages::say(text).await;
    }

    /// Whether the reader had enough, which is no failure.
    fn has_reader_gone(&self, error: &io::Error) -> bool {
        self.is_stream() && error.kind() == io::ErrorKind::BrokenPipe
    }

    fn is_stream(&self) -> bool {
        !matches!(self.export.destination, Destination::File(_))
    }

    /// Whether a cursor can continue: of one session, to a reader that has what was written.
    fn resume(&self) -> Resume {
        let is_known = self.is_stream() && !self.export.encoding.holds_back();
        if self.export.sessions.len() == 1 && is_known {
            self.export.resume
        } else {
            Resume::Pointless
        }
    }

    async fn say_failures(&self) {
        if self.failures.is_empty() {
            return;
        }
        let looked_up = self.looked_up().await;
        let text = match &self.failures[..] {
            [failure] => {
                let Failure {
                    session,
                    error,
                    events,
                } = failure;
                let step = looked_up.first().map(|known| known.step.as_str());
                let mut text = advice::failure(session, error, *events, step);
                if self.resume() == Resume::Possible && *events > 0 {
                    self.push_resume(&mut text, session, error.checkpoint());
                }
                text
            }
            several => listed(several, self.export.sessions.len(), &looked_up),
        };
        messages::say(text).await;
    }

    /// Returns what to do about ids that are a conversation's or a contact's.
    async fn looked_up(&self) -> Vec<Known> {
        if !matches!((&self.end, &self.output), (End::Read, OutputEnd::Ended(_))) {
            return Vec::new();
        }
        let failures = self.failures.iter();
        let unknown = failures.filter(|failure| failure.error.kind() == ErrorKind::NotFound);
        let ids = unknown.map(|failure| failure.session.as_str());
        other_kind::look_up(&self.export.request.client, ids, "events").await
    }

    /// Says which types no event had, and how many events were skipped.
    async fn say_notes(&self) {
        let mut notes = Vec::new();
        let skipped = self.tally.skipped.load(Relaxed);
        if skipped > 0 {
            notes.push(format!(
                "skipped {} that couldn't be decoded",
                count(skipped, "event")
            ));
        }
        let unmatched = self.export.types.unmatched();
        if !unmatched.is_empty() && matches!(self.end, End::Read) {
            notes.push(format!("no event had the type {}", unmatched.join(" or ")));
        }
        if !notes.is_empty() {
            messages::say(notes.join("\n  ")).await;
        }
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

    fn interruption(&self, signal: Signal, kept: &Kept) -> String {
        let events = count(self.written.events, "event");
        let mut text = format!("stopped by {}: {events} written", signal.name());
        push_kept(&mut text, kept, &self.export.destination);
        self.push_sessions(&mut text);
        if let ([session], Resume::Possible) = (&self.export.sessions[..], self.resume()) {
            self.push_resume(&mut text, session, self.written.checkpoint.as_ref());
        }
        text
    }

    /// Describes an output that didn't take what was written, or wasn't synced in time.
    fn abandoned(&self, signal: Signal) -> String {
        let mut text = format!("stopped by {}", signal.name());
        match &self.export.destination {
            Destination::File(path) => {
                let path = path.display();
                let _ = write!(
                    text,
                    " while {path} was being synced: it is complete, or as it was before"
                );
            }
            _ if self.export.encoding.holds_back() => {
                text.push_str(": its reader may have less than what was received");
            }
            _ => {
                let events = count(self.written.events, "event");
                let _ = write!(text, ": at least {events} written");
            }
        }
        if let ([session], Resume::Possible) = (&self.export.sessions[..], self.resume()) {
            self.push_resume(&mut text, session, self.written.checkpoint.as_ref());
        }
        text
    }

    fn early_end(&self, kept: &Kept) -> String {
        let events = count(self.written.events, "event");
        let mut text =
            format!("stopped, since other sessions would fail as well: {events} written");
        push_kept(&mut text, kept, &self.export.destination);
        self.push_sessions(&mut text);
        text
    }

    /// Appends what became of several sessions.
    fn push_sessions(&self, text: &mut String) {
        let total = self.export.sessions.len();
        if total < 2 {
            return;
        }
        let (complete, failed) = (self.tally.completed(), self.failures.len());
        let cut_off = self.tally.cut_off();
        let rest = total as u64 - complete - (failed + cut_off.len()) as u64;
        let _ = write!(
            text,
            "\n  {total} sessions: {complete} complete, {failed} failed, {} cut off, {rest} not started",
            cut_off.len()
        );
        if !cut_off.is_empty() {
            let named: Vec<&str> = cut_off.iter().take(MOST_NAMED).map(|id| &**id).collect();
            let more = if cut_off.len() > MOST_NAMED {
                ", …"
            } else {
                ""
            };
            let _ = write!(text, "\n  cut off: {}{more}", named.join(", "));
        }
    }

    fn push_resume(&self, text: &mut String, session: &str, checkpoint: Option<&Checkpoint>) {
        let request = &self.export.request;
        let follow = request.follow.is_some();
        advice::push_resume(text, session, checkpoint, request.after.as_deref(), follow);
    }
}
