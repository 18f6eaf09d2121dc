//! `events`: sessions of the real service, or of any base URL.

mod args;
mod file;
mod request;
pub(crate) mod stdout;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::args::EventsArgs;
use self::args::FormulasArg;
use self::file::job::Job;
use self::file::state::StateFile;
use self::file::writer::Writing;
use self::request::Asking;
use self::stdout::{Export, Session};
use crate::exit::Status;
use crate::format::{Format, Formulas, TextWriter};
use crate::options::connection::NoClient;
use crate::options::destination::Target;
use crate::options::filter::Selection;
use crate::options::sources::{NoSessions, Source, Sources};
use crate::terminal::advice::{self, Restart};
use crate::terminal::counters::Meter;
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;

/// Sessions at the same time.
const CONCURRENCY: usize = 8;
/// So many sessions are asked how many events they have, for the time that is left.
const COUNTED: usize = 8;

pub(crate) async fn run(args: EventsArgs, signals: &mut Signals) -> Status {
    match prepare(args, signals).await {
        Ok(Work::Stdout(export)) => stdout::run(export, signals).await,
        Ok(Work::Files(job)) => {
            tokio::spawn(count(
                Arc::clone(&job.meter),
                job.asking.clone(),
                job.sources.clone(),
            ));
            file::run(*job, signals).await
        }
        Err((status, problem)) => {
            if !problem.is_empty() {
                messages::say(problem).await;
            }
            status
        }
    }
}

enum Work {
    Stdout(Export),
    Files(Box<Job>),
}

/// Checks everything and finds the sessions; nothing is written before.
async fn prepare(args: EventsArgs, signals: &mut Signals) -> Result<Work, (Status, String)> {
    let usage = |problem| (Status::Usage, problem);
    let named = args.session_ids.len();
    if args.after.is_some() && (named != 1 || args.from.is_some() || args.contact.is_some()) {
        return Err(usage(format!(
            "--after was given with {named} sessions; allowed is one, since a cursor belongs to one \
             session\n  next: run it once for each session"
        )));
    }
    if args.format == Format::Parquet && args.output.is_none() {
        let problem =
            "--format parquet needs --output: its end can't be written to stdout piece by piece";
        return Err(usage(format!(
            "{problem}\n  next: name a file with --output"
        )));
    }
    let client = args.connection.client().map_err(|no_client| {
        usage(match no_client {
            NoClient::Profile(problem) => advice::profile(&problem),
            NoClient::Settings(error) => advice::settings(&error),
        })
    })?;
    let target = args.output.map(Target::at).transpose().map_err(|error| {
        usage(format!(
            "--output: {error}\n  next: make the folder, or write elsewhere"
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
        sources = sources.gather(&client) => sources.map_err(|none| match none {
            NoSessions::NotAllowed(problem) => (Status::Usage, problem),
            NoSessions::Failed(problem) => (Status::Failed, problem),
        })?,
    };
    let asking = Asking {
        client,
        limit: args.limit,
        after: args.after,
        event_types: args.event_types,
        follow: args.follow.map(Duration::from_secs),
    };
    let selection = Selection {
        since: args.since,
        until: args.until,
    };
    let formulas = match args.formulas {
        FormulasArg::Disarm => Formulas::Disarmed,
        FormulasArg::Keep => Formulas::Kept,
    };
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let Some(target) = target else {
        let session = |source: Source| Session {
            request: asking.request(&source),
            id: source.session,
        };
        return Ok(Work::Stdout(Export {
            sessions: sources.into_iter().map(session).collect(),
            client: asking.client.clone(),
            restart: Restart::Possible,
            writer: TextWriter::new(args.format, formulas),
            selection,
            verbosity,
            next: None,
        }));
    };
    // Who follows a session has to follow it all the time.
    let concurrency = match asking.follow {
        Some(_) => sources.len().max(1),
        None => args
            .concurrency
            .map_or(CONCURRENCY, |number| number as usize),
    };
    Ok(Work::Files(Box::new(Job {
        failures: args.failures.unwrap_or_else(|| beside(&target)),
        sources,
        asking,
        selection,
        writing: Writing {
            target,
            format: args.format,
            formulas,
            checkpoint: args.checkpoint.map(StateFile::new),
        },
        concurrency,
        verbosity,
        meter: Arc::default(),
    })))
}

/// Where the list of failures goes if nothing is said.
fn beside(target: &Target) -> PathBuf {
    match target {
        Target::File(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".failed");
            name.into()
        }
        Target::Folder(folder) => folder.join("sessions.failed"),
    }
}

/// Asks how many events there will be, where somebody watches and it costs few requests.
async fn count(meter: Arc<Meter>, asking: Asking, sources: Vec<Source>) {
    let is_whole =
        asking.event_types.is_empty() && asking.after.is_none() && asking.follow.is_none();
    if !std::io::stderr().is_terminal() || sources.len() > COUNTED || !is_whole {
        return;
    }
    let mut expected = 0;
    for source in sources {
        match asking
            .client
            .session(&source.session)
            .await
            .map(|session| session.event_count())
        {
            Ok(Some(events)) => expected += events,
            // Half a sum is none.
            _ => return,
        }
    }
    Meter::add(&meter.expected, expected);
}
