//! The result of a run, in words.

use std::fmt::Write as _;
use std::time::Duration;

use bytesize::ByteSize;
use journey_events_dataset::{Ended, FailureOf, Report, Status, Totals, WorkerStatus};

use crate::terminal::advice::{self, count};
use crate::terminal::duration;

/// How many failures are listed.
const LISTED: usize = 10;

/// Sums up a run.
pub(crate) fn text(report: &Report) -> String {
    let mut text = format!(
        "{} of {} in {:.1} seconds, {} published, {}",
        count(report.events, "new event"),
        count(report.sessions, "session"),
        report.seconds,
        count(report.files.len() as u64, "file"),
        count(report.requests, "request"),
    );
    match &report.ended {
        Ended::Stopped => {
            text.push_str(
                "\n  stopped, everything received is kept; next: run the same command to continue",
            );
        }
        Ended::GaveUp { error } => {
            let error = match &report.error {
                Some(error) => advice::refusal(error),
                None => error.clone(),
            };
            let _ = write!(text, "\n  gave up, everything received is kept: {error}");
        }
        _ => {}
    }
    if let Some(status) = &report.status {
        push_status(&mut text, status);
    }
    text
}

/// Describes a dataset.
pub(crate) fn status(status: &Status) -> String {
    let mut text = String::new();
    push_status(&mut text, status);
    text.trim_start().to_owned()
}

fn push_status(text: &mut String, status: &Status) {
    let Totals {
        open,
        settled,
        absent,
        forgotten,
        contacts,
        absent_contacts,
        events,
        malformed,
        files,
        rows,
        bytes,
        unpublished_rows,
        ..
    } = status.totals;
    let _ = write!(
        text,
        "\n  the dataset: {} ({open} open, {settled} settled",
        count(open + settled + absent, "session")
    );
    if absent > 0 {
        let _ = write!(text, ", {absent} absent");
    }
    let _ = write!(
        text,
        "), {}, {} in {}, {}",
        count(events, "event"),
        count(rows, "row"),
        count(files, "file"),
        ByteSize(bytes).display().si()
    );
    for (number, what) in [
        (contacts, "contact"),
        (absent_contacts, "absent contact"),
        (forgotten, "forgotten session"),
        (malformed, "skipped malformed event"),
    ] {
        if number > 0 {
            let _ = write!(text, ", {}", count(number, what));
        }
    }
    if unpublished_rows > 0 {
        let rows = count(unpublished_rows, "row");
        let _ = write!(
            text,
            "\n  not published yet: {rows}; the next run publishes them"
        );
    }
    push_workers(text, status);
    push_failures(text, status);
    if !status.files_to_replace.is_empty() {
        let files = count(status.files_to_replace.len() as u64, "file");
        let _ = write!(
            text,
            "\n  forgotten sessions are still in {files}; next: run `journey-events forget` again"
        );
    }
    let damaged = status.missing_files.iter().map(|file| ("missing", file));
    let damaged = damaged.chain(status.changed_files.iter().map(|file| ("changed", file)));
    for (how, file) in damaged.take(LISTED) {
        let _ = write!(text, "\n  {how} since it was published: `{file}`");
    }
    if !status.is_complete() {
        text.push_str("\n  next: restore these files, or load everything into a new dataset");
    }
}

fn push_workers(text: &mut String, status: &Status) {
    for worker in &status.workers {
        let state = if worker.alive {
            "running"
        } else {
            "killed; the next run takes over"
        };
        let _ = write!(
            text,
            "\n  worker {}: {}, started {}, with {}: {state}",
            worker.id,
            process(worker),
            worker.started,
            count(worker.sessions, "session"),
        );
        if let Some(seconds) = worker.last_sign_seconds {
            let ago = duration::rounded(Duration::from_secs(seconds));
            let _ = write!(text, ", last sign of life {ago} ago");
        }
    }
    let Some(left) = status.sessions_left else {
        return;
    };
    let _ = write!(text, "\n  left to read: {}", count(left, "session"));
    if let Some(seconds) = status.seconds_left.filter(|_| left > 0) {
        let time = duration::rounded(Duration::from_secs(seconds));
        let _ = write!(text, ", about {time}");
    }
    if let Some(requests) = status.requests_last_minute {
        let requests = count(requests, "request");
        let _ = write!(text, "; {requests} in the last minute");
    }
}

/// Names a worker's process.
pub(crate) fn process(worker: &WorkerStatus) -> String {
    match worker.machine.as_str() {
        "" => format!("process {}", worker.process),
        machine => format!("process {} on {machine}", worker.process),
    }
}

fn push_failures(text: &mut String, status: &Status) {
    for failure in status.failures.iter().take(LISTED) {
        let what = match failure.of {
            FailureOf::Contact => "contact ",
            _ => "",
        };
        let _ = write!(text, "\n  failed: {what}{}: {}", failure.id, failure.reason);
    }
    let more = status.totals.failed.saturating_sub(LISTED as u64);
    if more > 0 {
        let more = count(more, "more failure");
        let _ = write!(
            text,
            "\n  {more}: `journey-events status DATASET --json` lists up to 100"
        );
    }
}
