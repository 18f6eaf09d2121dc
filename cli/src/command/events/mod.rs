//! `events`: sessions to stdout or files.
//!
//! ```text
//! args ──► (sessions, client) ──┬──► stdout/   one session after another
//!                               └──► file/     several at a time, resumable
//!                                      │
//!                      request ◄───────┘       the request for one session
//! ```

mod args;
mod file;
mod request;
pub(super) mod stdout;

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::args::EventsArgs;
use self::file::export::FileExport;
use self::file::state::CheckpointFile;
use self::file::writer::WriteOptions;
use self::request::RequestOptions;
use self::stdout::{Session, StdoutExport};
use crate::exit::Status;
use crate::format::TextWriter;
use crate::options::destination::Destination;
use crate::options::filter::Filter;
use crate::options::sources::{Source, Sources, SourcesError};
use crate::terminal::advice::Resume;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Default number of sessions exported at the same time.
const CONCURRENCY: usize = 8;
/// Most sessions whose event counts are requested up front, to estimate the time left.
const MAX_COUNTED: usize = 8;

pub(super) async fn run(args: EventsArgs, signals: &mut Signals) -> Status {
    match prepare(args, signals).await {
        Ok(Export::Stdout(export)) => stdout::run(export, signals).await,
        Ok(Export::File(export)) => {
            tokio::spawn(count_events(
                Arc::clone(&export.counters),
                export.request.clone(),
                export.sources.clone(),
            ));
            file::run(*export, signals).await
        }
        Err((status, problem)) => {
            if !problem.is_empty() {
                messages::say(problem).await;
            }
            status
        }
    }
}

enum Export {
    Stdout(StdoutExport),
    File(Box<FileExport>),
}

/// Validates the arguments and finds the sessions. Writes nothing but the folder named by --output.
async fn prepare(args: EventsArgs, signals: &mut Signals) -> Result<Export, (Status, String)> {
    let usage = |problem| (Status::Usage, problem);
    args.validate().map_err(usage)?;
    let client = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        client = args.connection.client() => client.map_err(|error| usage(error.advice()))?,
    };
    let verbosity = args.verbosity();
    let destination = args.output.map(Destination::resolve).transpose();
    let destination = destination.map_err(|error| {
        usage(format!(
            "--output: {error}\n  next: create the folder, or write elsewhere"
        ))
    })?;
    let sources = Sources {
        ids: args.session_ids,
        list: args.from,
        failures: args.retry_failed,
        contact: args.contact,
        include_merged: args.include_merged,
    };
    let sources = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        sources = sources.gather(&client) => sources.map_err(|error| match error {
            SourcesError::Invalid(problem) => (Status::Usage, problem),
            SourcesError::Failed(problem) => (Status::Failed, problem),
        })?,
    };
    let request = RequestOptions {
        client,
        limit: args.limit,
        after: args.after,
        event_types: args.event_types,
        follow: args.follow.map(Duration::from_secs),
    };
    let filter = Filter {
        since: args.since,
        until: args.until,
    };
    let Some(destination) = destination else {
        let session = |source: Source| Session {
            request: request.events_of(&source),
            id: source.session,
        };
        return Ok(Export::Stdout(StdoutExport {
            sessions: sources.into_iter().map(session).collect(),
            client: request.client.clone(),
            resume: Resume::Possible,
            writer: TextWriter::new(args.format, args.formulas),
            filter,
            verbosity,
            next_step: None,
        }));
    };
    // Followed sessions don't end, so all of them have to run at once.
    let concurrency = match request.follow {
        Some(_) => sources.len().max(1),
        None => args
            .concurrency
            .map_or(CONCURRENCY, |number| number as usize),
    };
    Ok(Export::File(Box::new(FileExport {
        failure_list: args.failures.unwrap_or_else(|| destination.failure_list()),
        sources,
        request,
        filter,
        output: WriteOptions {
            destination,
            format: args.format,
            formulas: args.formulas,
            checkpoint: args.checkpoint.map(CheckpointFile::new),
        },
        concurrency,
        verbosity,
        counters: Arc::default(),
    })))
}

/// Sets how many events to expect, if a terminal shows it and it takes few requests.
async fn count_events(counters: Arc<Counters>, request: RequestOptions, sources: Vec<Source>) {
    let is_complete =
        request.event_types.is_empty() && request.after.is_none() && request.follow.is_none();
    if !std::io::stderr().is_terminal() || sources.len() > MAX_COUNTED || !is_complete {
        return;
    }
    let mut expected = 0;
    for source in sources {
        let session = request.client.session(&source.session).await;
        match session.map(|session| session.event_count()) {
            Ok(Some(events)) => expected += events,
            // A partial sum would give a wrong estimate.
            _ => return,
        }
    }
    Counters::add(&counters.expected, expected);
}
