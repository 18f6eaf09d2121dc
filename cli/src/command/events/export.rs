//! A run: sessions to an output.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use journey_events::Event;
use tokio::time::{Instant, timeout};

use super::estimate;
use super::fetch::{self, Stop};
use super::outcome::{self, Outcome};
use super::request::RequestOptions;
use super::tally::Tally;
use super::writer::{Ending, Kept, Writer};
use crate::exit::Status;
use crate::format::Encoding;
use crate::options::destination::Destination;
use crate::options::filter::{TimeRange, TypeFilter};
use crate::terminal::advice::Resume;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::{Progress, Verbosity};
use crate::terminal::signals::{Signal, Signals};

/// How long queued events may take to reach a reader after a signal.
const GRACE: Duration = Duration::from_millis(300);

/// What is exported, and where to.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) sessions: Vec<String>,
    pub(crate) request: RequestOptions,
    pub(crate) types: TypeFilter,
    pub(crate) range: TimeRange,
    pub(crate) skips_malformed: bool,
    pub(crate) destination: Destination,
    pub(crate) encoding: Encoding,
    pub(crate) concurrency: usize,
    pub(crate) verbosity: Verbosity,
    pub(crate) resume: Resume,
    /// What to do next, printed if the export is complete.
    pub(crate) next_step: Option<String>,
}

impl Export {
    pub(super) fn keeps(&self, event: &Event) -> bool {
        self.types.keeps(event) && self.range.contains(event)
    }

    fn show_progress(&self, tally: &Tally) -> Progress {
        let counters = Arc::clone(&tally.counters);
        let client = self.request.client.clone();
        match self.destination {
            Destination::File(_) => {
                estimate::start(self, &counters);
                Progress::show_counters(counters, client, self.verbosity)
            }
            Destination::Stdout | Destination::Through(_) => {
                Progress::show_counters_beside_stdout(counters, client, self.verbosity)
            }
        }
    }
}

/// How reading ended.
#[derive(Debug)]
pub(super) enum End {
    Read,
    Stopped(Stop),
    Signalled(Signal, Known),
}

/// Whether all output that was queued is known to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Exactly,
    /// The last write hadn't returned.
    AtLeast,
}

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
    let progress = export.show_progress(&tally);
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
