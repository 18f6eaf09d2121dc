//! Sessions into files, several at a time.

pub(crate) mod job;
mod part;
pub(crate) mod state;
pub(crate) mod writer;

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt, TryStreamExt};
use journey_events::Error;
use tokio::task::{block_in_place, spawn_blocking};
use tokio::time::Instant;

use self::job::Job;
use self::state::{Phase, State};
use self::writer::Ledger;
use crate::atomic_file::write_whole;
use crate::exit::Status;
use crate::format::line;
use crate::options::destination::Target;
use crate::options::sources::{Failure, Source};
use crate::terminal::advice;
use crate::terminal::counters::Meter;
use crate::terminal::messages;
use crate::terminal::progress::{Progress, Verbosity};
use crate::terminal::signals::{Signal, Signals};

/// Most events written at once: a page.
const PIECE: usize = 200;
/// Most failures listed on stderr; all of them are in the list.
const LISTED: usize = 20;

/// Why an export stopped before its end.
enum Stop {
    Signalled(Signal),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(crate) async fn run(job: Job, signals: &mut Signals) -> Status {
    let start = Instant::now();
    let (ledger, is_resumed) = match open(&job) {
        Ok(opened) => opened,
        Err(problem) => {
            messages::say(problem).await;
            return Status::Usage;
        }
    };
    if ledger.state.phase == Phase::Finished {
        messages::say(
            "this export is finished already; its checkpoint file can be removed".to_owned(),
        )
        .await;
        return status_of(&ledger.state);
    }
    if is_resumed && job.verbosity > Verbosity::Quiet {
        let events = ledger.state.events;
        messages::say(format!("going on behind {events} events that are written")).await;
    }
    Meter::add(&job.meter.sessions, job.sources.len() as u64);
    let ledger = Mutex::new(ledger);
    let progress = Progress::show(
        Arc::clone(&job.meter),
        job.asking.client.clone(),
        job.verbosity,
    );
    let end = export(&job, &ledger, signals).await;
    drop(progress);
    let ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    match end {
        Ok(()) => {
            report_failures(&job, &ledger.state).await;
            if job.verbosity > Verbosity::Quiet {
                let (events, failed) = (ledger.state.events, ledger.state.failed.len());
                let stats = job.asking.client.stats();
                messages::say(advice::summary(events, &stats, start.elapsed(), failed)).await;
            }
            status_of(&ledger.state)
        }
        Err(stop) => stopped(&job, ledger, stop).await,
    }
}

fn open(job: &Job) -> Result<(Ledger, bool), String> {
    let export = job.description();
    let state = match &job.writing.checkpoint {
        Some(file) => file.load(&export)?,
        None => None,
    };
    let is_resumed = state.is_some();
    // All of it, before a file is touched.
    let pending = match &state {
        Some(state) => state.pending(&job.sources),
        None => State::new(String::new()).pending(&job.sources),
    };
    for (_, source) in pending {
        let checked = job.asking.request(&source).validate();
        checked.map_err(|error| advice::not_allowed(&source.session, &error))?;
    }
    match Ledger::open(job.writing.clone(), state, &export) {
        Ok(ledger) => Ok((ledger, is_resumed)),
        Err(error) => Err(unwritable(job, &error)),
    }
}

fn locked(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn export(job: &Job, ledger: &Mutex<Ledger>, signals: &mut Signals) -> Result<(), Stop> {
    if locked(ledger).state.phase == Phase::Fetching {
        tokio::select! {
            biased;
            signal = signals.next() => {
                // A walk that follows has no other end.
                if job.asking.follow.is_none() {
                    return Err(Stop::Signalled(signal));
                }
            }
            fetched = fetch(job, ledger) => fetched?,
        }
        locked(ledger).enter(Phase::Finishing)?;
    }
    tokio::select! {
        biased;
        signal = signals.next() => return Err(Stop::Signalled(signal)),
        finished = finish(job, ledger) => finished?,
    }
    Ok(())
}

async fn fetch(job: &Job, ledger: &Mutex<Ledger>) -> io::Result<()> {
    let pending = locked(ledger).state.pending(&job.sources);
    let done = job.sources.len() - pending.len();
    Meter::add(&job.meter.sessions_done, done as u64);
    let copies = pending
        .into_iter()
        .map(|(index, source)| copy(job, ledger, index, source));
    let copies = futures::stream::iter(copies).buffer_unordered(job.concurrency);
    copies.try_for_each(|()| std::future::ready(Ok(()))).await
}

/// One session. Only what can't be written is an error here.
async fn copy(job: &Job, ledger: &Mutex<Ledger>, index: usize, source: Source) -> io::Result<()> {
    if !locked(ledger).begin(index, &source.session)? {
        Meter::add(&job.meter.sessions_done, 1);
        return Ok(());
    }
    let mut pieces = job.asking.request(&source).stream().ready_chunks(PIECE);
    let mut failure = None;
    while let Some(items) = pieces.next().await {
        let (mut lines, mut count) = (Vec::new(), 0);
        for item in items {
            match item {
                Ok(event) if job.selection.keeps(&event) => {
                    line::push(&mut lines, event.json());
                    count += 1;
                }
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
        }
        let checkpoint = pieces.get_ref().checkpoint();
        Meter::add(&job.meter.events, count);
        locked(ledger).append(index, &lines, count, checkpoint)?;
    }
    Meter::add(&job.meter.sessions_done, 1);
    if let Some(error) = failure {
        fail(job, ledger, index, &source, &error).await;
        return Ok(());
    }
    block_in_place(|| locked(ledger).finish_session(index, &source.session))?;
    if job.verbosity == Verbosity::Verbose {
        messages::say(format!("session {}: done", source.session)).await;
    }
    Ok(())
}

async fn fail(job: &Job, ledger: &Mutex<Ledger>, index: usize, source: &Source, error: &Error) {
    Meter::add(&job.meter.sessions_failed, 1);
    let failure = Failure {
        session: source.session.clone(),
        error: error.to_string(),
        checkpoint: error.checkpoint().cloned(),
    };
    locked(ledger).fail_session(index, failure);
    if job.verbosity == Verbosity::Verbose {
        messages::say(format!("session {}: {error}", source.session)).await;
    }
}

async fn finish(job: &Job, ledger: &Mutex<Ledger>) -> io::Result<()> {
    if let Target::File(path) = &job.writing.target {
        let (format, formulas) = (job.writing.format, job.writing.formulas);
        if !part::is_named(path) {
            let path = path.clone();
            let finished = spawn_blocking(move || part::finish(&path, format, formulas));
            finished.await.map_err(io::Error::other)??;
        }
    }
    let failed = locked(ledger).state.failed.clone();
    if !failed.is_empty() {
        let mut list = Vec::new();
        for failure in &failed {
            serde_json::to_writer(&mut list, failure)?;
            list.push(b'\n');
        }
        write_whole(&job.failures, &list)?;
    }
    locked(ledger).enter(Phase::Finished)?;
    if let Target::File(path) = &job.writing.target {
        part::discard(path);
    }
    Ok(())
}

async fn report_failures(job: &Job, state: &State) {
    if state.failed.is_empty() {
        return;
    }
    let mut text = format!(
        "{} of {} sessions failed:",
        state.failed.len(),
        job.sources.len()
    );
    for failure in state.failed.iter().take(LISTED) {
        text.push_str("\n  ");
        text.push_str(&failure.error);
    }
    if state.failed.len() > LISTED {
        let _ = write!(text, "\n  and {} more", state.failed.len() - LISTED);
    }
    let list = job.failures.display();
    let _ = write!(
        text,
        "\n  the list is {list}\n  next: journey-events events --retry-failed {list} (and another --output)"
    );
    messages::say(text).await;
}

async fn stopped(job: &Job, mut ledger: Ledger, stop: Stop) -> Status {
    let saved = ledger.save();
    let events = ledger.state.events;
    let is_kept = job.writing.checkpoint.is_some();
    ledger.give_up(&job.sources);
    let next = match (is_kept, saved) {
        (true, Ok(())) => format!("{events} events are kept\n  go on: the same command again"),
        (true, Err(error)) => format!("the checkpoint can't be written: {error}"),
        (false, _) => {
            "nothing is left of it; with --checkpoint FILE it could be gone on with".to_owned()
        }
    };
    match stop {
        Stop::Signalled(signal) => {
            messages::say_last(format!("ended by {}: {next}", signal.name())).await;
            Status::Stopped(signal)
        }
        Stop::Io(error) => {
            let problem = unwritable(job, &error);
            messages::say_last(format!("{problem}\n  {next}")).await;
            Status::Failed
        }
    }
}

fn status_of(state: &State) -> Status {
    if state.failed.is_empty() {
        Status::Complete
    } else {
        Status::Failed
    }
}

fn unwritable(job: &Job, error: &io::Error) -> String {
    let target = match &job.writing.target {
        Target::File(path) | Target::Folder(path) => path.display(),
    };
    let next = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "an earlier export was interrupted and left its unfinished file (.part); go on with its \
             --checkpoint, or remove it"
        }
        io::ErrorKind::PermissionDenied => "write elsewhere, or get the permission",
        io::ErrorKind::StorageFull => "make room, or write elsewhere",
        _ => "correct it, or write elsewhere",
    };
    format!("{target} can't be written: {error}\n  next: {next}")
}
