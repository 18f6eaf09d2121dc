//! Words for failures and for what became of a file.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::export::Export;
use super::tally::Failure;
use super::target::Kept;
use crate::command::other_kind::Known;
use crate::options::destination::Destination;
use crate::terminal::advice::{self, count};

/// Appends what became of a file.
pub(super) fn push_kept(text: &mut String, kept: &Kept, destination: &Destination) {
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
        (Kept::Nothing, _) => Ok(()),
    };
}

/// Lists failures, and what to do about each kind of them.
pub(super) fn listed(failures: &[Failure], sessions: usize, looked_up: &[Known]) -> String {
    let mut text = format!("{} of {sessions} sessions failed:", failures.len());
    let mut steps: Vec<String> = Vec::new();
    for Failure {
        session,
        error,
        events,
    } in failures
    {
        let _ = write!(text, "\n  {}", advice::reason(session, error));
        if *events > 0 {
            let _ = write!(text, "; {} written before", count(*events, "event"));
        }
        let step = advice::kind_step(error);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let known = looked_up.iter().map(|known| &known.step);
    for step in known.chain(&steps) {
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
        (Destination::File(_), Some(_)) => {
            text.push_str("\n  no file was written; what was received is lost");
        }
        (_, None) => {}
        _ if export.encoding.holds_back() => {}
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
