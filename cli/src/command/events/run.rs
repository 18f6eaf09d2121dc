//! Runs an export: reads, writes, ends the output, reports.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::end::{End, OutputEnd};
use super::export::Export;
use super::outcome::Outcome;
use super::tally::Tally;
use super::target::Ending;
use super::wording::write_failure;
use super::writer::Writer;
use super::{estimate, fetch};
use crate::exit::Status;
use crate::options::destination::Destination;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::Progress;
use crate::terminal::signals::Signals;
use crate::terminal::stream::Stream;

/// How long queued events may take to reach a reader after a signal.
const GRACE: Duration = Duration::from_millis(300);
/// How long a file may take to be synced after a signal.
const PATIENCE: Duration = Duration::from_secs(5);

/// Exports all sessions. If one fails, the others are still written.
pub(crate) async fn run(export: Export, signals: &mut Signals) -> Status {
    let start = Instant::now();
    let writer = match Writer::open(export.destination.clone(), export.encoding) {
        Ok(writer) => writer,
        Err(error) => {
            messages::say(write_failure(&export, &error, None)).await;
            return Status::Usage;
        }
    };
    let tally = Tally::default();
    Counters::add(&tally.counters.sessions, export.sessions.len() as u64);
    let progress = show_progress(&export, &tally);
    let end = tokio::select! {
        biased;
        signal = signals.next() => End::Signalled(signal),
        read = fetch::all(&export, &writer, &tally) => match read {
            Ok(()) => End::Read,
            Err(stop) => End::Stopped(stop),
        },
    };
    drop(progress);
    let written = writer.watch();
    let output = finish(&export, writer, &end, &tally, signals).await;
    let outcome = Outcome {
        export: &export,
        end,
        written: written.borrow().clone(),
        output,
        failures: tally.take_failures(),
        tally: &tally,
        time: start.elapsed(),
    };
    // A signal ends the report, not what it is about.
    tokio::select! {
        biased;
        () = outcome.report() => {}
        _ = signals.next() => {}
    }
    outcome.status()
}

/// Ends the output.
async fn finish(
    export: &Export,
    writer: Writer,
    end: &End,
    tally: &Tally,
    signals: &mut Signals,
) -> OutputEnd {
    let is_empty = writer.watch().borrow().events == 0;
    let is_none_complete = tally.has_failures() && tally.completed() == 0;
    let ending = match (&export.destination, end) {
        (Destination::File(path), End::Read) if is_empty && path.exists() => Ending::Discard,
        (Destination::File(_), _)
            if is_empty && (is_none_complete || !matches!(end, End::Read)) =>
        {
            Ending::Discard
        }
        (_, End::Read) if !is_none_complete => Ending::Complete,
        _ => Ending::Partial,
    };
    let temporary = writer.temporary().map(ToOwned::to_owned);
    let mut finishing = pin!(writer.finish(ending));
    let (signal, patience) = match end {
        // The reader may have stalled.
        End::Signalled(signal) if !matches!(export.destination, Destination::File(_)) => {
            (*signal, GRACE)
        }
        _ => tokio::select! {
            biased;
            kept = &mut finishing => return OutputEnd::Ended(kept),
            // The file may get its name any moment.
            signal = signals.next() => (signal, PATIENCE),
        },
    };
    tokio::select! {
        biased;
        kept = &mut finishing => return OutputEnd::Ended(kept),
        () = sleep(patience) => {}
        _ = signals.next() => {}
    }
    if let Some(temporary) = temporary {
        // Fails if the file got its name meanwhile.
        let _ = std::fs::remove_file(temporary);
    }
    OutputEnd::Abandoned(signal)
}

fn show_progress(export: &Export, tally: &Tally) -> Progress {
    let counters = Arc::clone(&tally.counters);
    let client = export.request.client.clone();
    let stream = match &export.destination {
        Destination::File(_) => {
            estimate::start(export, &counters);
            return Progress::show_counters(counters, client, export.verbosity);
        }
        Destination::Stdout => Stream::Stdout,
        Destination::Through(path) => Stream::Path(path),
    };
    Progress::show_counters_beside(stream, counters, client, export.verbosity)
}
