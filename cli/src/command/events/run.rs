//! Runs an export: reads, writes, ends the output, reports.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::end::{End, Known};
use super::export::Export;
use super::outcome::{self, Outcome};
use super::tally::Tally;
use super::writer::{Ending, Kept, Writer};
use super::{estimate, fetch};
use crate::exit::Status;
use crate::options::destination::Destination;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::Progress;
use crate::terminal::signals::{Signal, Signals};

/// How long queued events may take to reach a reader after a signal.
const GRACE: Duration = Duration::from_millis(300);

/// Exports all sessions. If one fails, the others are still written.
pub(crate) async fn run(export: Export, signals: &mut Signals) -> Status {
    let start = Instant::now();
    let writer = match Writer::open(export.destination.clone(), export.encoding) {
        Ok(writer) => writer,
        Err(error) => {
            messages::say(outcome::write_failure(&export, &error, None)).await;
            return Status::Usage;
        }
    };
    let tally = Tally::default();
    Counters::add(&tally.counters.sessions, export.sessions.len() as u64);
    let progress = show_progress(&export, &tally);
    let end = tokio::select! {
        biased;
        signal = signals.next() => {
            let flushed = timeout(GRACE, writer.flushed()).await;
            let is_known = matches!(flushed, Ok(Ok(())));
            End::Signalled(signal, if is_known { Known::Exactly } else { Known::AtLeast })
        }
        read = fetch::all(&export, &writer, &tally) => match read {
            Ok(()) => End::Read,
            Err(stop) => End::Stopped(stop),
        },
    };
    drop(progress);
    let written = writer.watch();
    let finished = finish(&export, writer, &end, &tally, signals).await;
    let kept = match finished {
        Ok(kept) => kept,
        Err(signal) => return Status::Stopped(signal),
    };
    let outcome = Outcome {
        export: &export,
        end,
        written: written.borrow().clone(),
        kept,
        failures: tally.take_failures(),
        tally: &tally,
        time: start.elapsed(),
    };
    outcome.report().await
}

/// Ends the output. A signal meanwhile ends the program.
async fn finish(
    export: &Export,
    writer: Writer,
    end: &End,
    tally: &Tally,
    signals: &mut Signals,
) -> Result<io::Result<Kept>, Signal> {
    let is_empty = writer.watch().borrow().events == 0;
    let is_none_complete = tally.failed() > 0 && tally.failed() == export.sessions.len();
    let ending = match (&export.destination, end) {
        // The last write may never return.
        (Destination::Stdout | Destination::Through(_), End::Signalled(..)) => {
            return Ok(Ok(Kept::Stream));
        }
        (Destination::File(path), End::Read) if is_empty && path.exists() => Ending::Discard,
        (Destination::File(_), End::Read) if is_none_complete && is_empty => Ending::Discard,
        (Destination::File(_), End::Read) if is_none_complete => Ending::Partial,
        (_, End::Read) => Ending::Complete,
        (Destination::File(_), _) if is_empty => Ending::Discard,
        _ => Ending::Partial,
    };
    tokio::select! {
        biased;
        signal = signals.next() => Err(signal),
        kept = writer.finish(ending) => Ok(kept),
    }
}

fn show_progress(export: &Export, tally: &Tally) -> Progress {
    let counters = Arc::clone(&tally.counters);
    let client = export.request.client.clone();
    match export.destination {
        Destination::File(_) => {
            estimate::start(export, &counters);
            Progress::show_counters(counters, client, export.verbosity)
        }
        Destination::Stdout | Destination::Through(_) => {
            Progress::show_counters_beside_stdout(counters, client, export.verbosity)
        }
    }
}
