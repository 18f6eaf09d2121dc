//! Sessions into files, several at a time.
//!
//! ```text
//! fetch ──► writer ──► part ───► (NAME.part, then NAME)
//!    │         └─────► state ──► (--checkpoint FILE)
//!    └────► export               what to export
//! outcome ──► (stderr)
//! ```
//!
//! An export fetches all events into partial files, then publishes them, then is finished.

pub(super) mod export;
mod fetch;
mod outcome;
mod part;
pub(super) mod state;
pub(super) mod writer;

use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio::time::Instant;

use self::export::FileExport;
use self::outcome::{Stop, report_failures, report_stop, write_failure};
use self::state::{ExportState, Phase};
use self::writer::{ExportWriter, SharedWriter};
use crate::atomic_file::write_atomically;
use crate::exit::Status;
use crate::options::destination::Destination;
use crate::terminal::advice;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::{Progress, Verbosity};
use crate::terminal::signals::Signals;

pub(super) async fn run(export: FileExport, signals: &mut Signals) -> Status {
    let start = Instant::now();
    let (writer, is_resumed) = match open(&export) {
        Ok(opened) => opened,
        Err(problem) => {
            messages::say(problem).await;
            return Status::Usage;
        }
    };
    if writer.state.phase == Phase::Finished {
        messages::say(
            "nothing to do: the export is complete; its checkpoint file can be removed".to_owned(),
        )
        .await;
        return status_of(&writer.state);
    }
    if is_resumed && export.verbosity > Verbosity::Quiet {
        let events = advice::count(writer.state.events, "event");
        messages::say(format!("resuming after {events} already written")).await;
    }
    Counters::add(&export.counters.sessions, export.sources.len() as u64);
    let writer = SharedWriter::new(writer);
    let progress = Progress::show_counters(
        Arc::clone(&export.counters),
        export.request.client.clone(),
        export.verbosity,
    );
    let end = fetch_and_publish(&export, &writer, signals).await;
    drop(progress);
    let writer = writer.into_inner();
    match end {
        Ok(()) => {
            report_failures(&export, &writer.state).await;
            if export.verbosity > Verbosity::Quiet {
                let (events, failed) = (writer.state.events, writer.state.failed.len());
                let stats = export.request.client.stats();
                messages::say(advice::summary(events, &stats, start.elapsed(), failed)).await;
            }
            status_of(&writer.state)
        }
        Err(stop) => report_stop(&export, writer, stop).await,
    }
}

fn open(export: &FileExport) -> Result<(ExportWriter, bool), String> {
    let description = export.description();
    let state = match &export.output.checkpoint {
        Some(file) => file.load(&description)?,
        None => None,
    };
    let is_resumed = state.is_some();
    // Validates every request before any file is touched.
    let pending = match &state {
        Some(state) => state.pending(&export.sources),
        None => ExportState::new(String::new()).pending(&export.sources),
    };
    for (_, source) in pending {
        let valid = export.request.events_of(&source).validate();
        valid.map_err(|error| advice::invalid_request(&source.session, &error))?;
    }
    match ExportWriter::open(export.output.clone(), state, &description) {
        Ok(writer) => Ok((writer, is_resumed)),
        Err(error) => Err(write_failure(export, &error)),
    }
}

async fn fetch_and_publish(
    export: &FileExport,
    writer: &SharedWriter,
    signals: &mut Signals,
) -> Result<(), Stop> {
    if writer.lock().state.phase == Phase::Fetching {
        tokio::select! {
            biased;
            signal = signals.next() => {
                // For an export that follows, a signal is the normal end.
                if export.request.follow.is_none() {
                    return Err(Stop::Signalled(signal));
                }
            }
            fetched = fetch::all(export, writer) => fetched?,
        }
        writer.lock().enter(Phase::Finishing)?;
    }
    tokio::select! {
        biased;
        signal = signals.next() => return Err(Stop::Signalled(signal)),
        published = publish(export, writer) => published?,
    }
    Ok(())
}

/// Publishes the common file and writes the failure list.
async fn publish(export: &FileExport, writer: &SharedWriter) -> io::Result<()> {
    if let Destination::File(path) = &export.output.destination {
        let (format, formulas) = (export.output.format, export.output.formulas);
        if !part::is_published(path) {
            let path = path.clone();
            let published = spawn_blocking(move || part::publish(&path, format, formulas));
            published.await.map_err(io::Error::other)??;
        }
    }
    let failed = writer.lock().state.failed.clone();
    if !failed.is_empty() {
        let mut list = Vec::new();
        for failure in &failed {
            serde_json::to_writer(&mut list, failure)?;
            list.push(b'\n');
        }
        write_atomically(&export.failure_list, &list)?;
    }
    writer.lock().enter(Phase::Finished)?;
    if let Destination::File(path) = &export.output.destination {
        part::remove(path);
    }
    Ok(())
}

fn status_of(state: &ExportState) -> Status {
    if state.failed.is_empty() {
        Status::Complete
    } else {
        Status::Failed
    }
}
