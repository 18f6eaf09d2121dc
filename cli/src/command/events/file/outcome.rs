//! Reports how an export ended, unless it is complete.

use std::fmt::Write as _;
use std::io;

use super::export::FileExport;
use super::state::ExportState;
use super::writer::ExportWriter;
use crate::exit::Status;
use crate::terminal::advice;
use crate::terminal::messages;
use crate::terminal::signals::Signal;

/// Most failures printed; the failure list has all of them.
const MAX_PRINTED: usize = 20;

/// Why an export stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    Signalled(Signal),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Prints the failed sessions and how to retry them.
pub(super) async fn report_failures(export: &FileExport, state: &ExportState) {
    if state.failed.is_empty() {
        return;
    }
    let (failed, total) = (state.failed.len(), export.sources.len());
    let mut text = format!("{failed} of {total} sessions failed:");
    for failure in state.failed.iter().take(MAX_PRINTED) {
        text.push_str("\n  ");
        text.push_str(&failure.error);
    }
    if failed > MAX_PRINTED {
        let _ = write!(text, "\n  and {} more", failed - MAX_PRINTED);
    }
    let list = export.failure_list.display();
    let _ = write!(
        text,
        "\n  full list: {list}\n  next: journey-events events --retry-failed {list} (with another \
         --output)"
    );
    messages::say(text).await;
}

/// Prints why the export stopped and whether it can be resumed.
pub(super) async fn report_stop(
    export: &FileExport,
    mut writer: ExportWriter,
    stop: Stop,
) -> Status {
    let saved = writer.save();
    let events = advice::count(writer.state.events, "event");
    let has_checkpoint = export.output.checkpoint.is_some();
    writer.abandon(&export.sources);
    let outcome = match (has_checkpoint, saved) {
        (true, Ok(())) => format!("{events} saved\n  resume: run the same command again"),
        (true, Err(error)) => format!("can't write the checkpoint: {error}"),
        (false, _) => {
            "partial output was removed; use --checkpoint FILE for exports that can be resumed"
                .to_owned()
        }
    };
    match stop {
        Stop::Signalled(signal) => {
            messages::say_last(format!("stopped by {}: {outcome}", signal.name())).await;
            Status::Stopped(signal)
        }
        Stop::Io(error) => {
            let problem = write_failure(export, &error);
            messages::say_last(format!("{problem}\n  {outcome}")).await;
            Status::Failed
        }
    }
}

/// Describes a failed write.
pub(super) fn write_failure(export: &FileExport, error: &io::Error) -> String {
    let path = export.output.destination.path().display();
    let next_step = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "an interrupted export left a partial file (.part); resume it with its --checkpoint, or \
             remove it"
        }
        io::ErrorKind::PermissionDenied => "fix the permissions, or write elsewhere",
        io::ErrorKind::StorageFull => "free some space, or write elsewhere",
        _ => "fix it, or write elsewhere",
    };
    format!("can't write {path}: {error}\n  next: {next_step}")
}
