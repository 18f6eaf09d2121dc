//! `events`: sessions to stdout or one file.
//!
//! ```text
//! args, removed ──► run ──► fetch ──► writer ──► target (stdout, file, device)
//!                    │        └────► request
//!                    └────► outcome, wording ──► (stderr)
//! export, tally, end, estimate      what is exported, what happened, how it ended, how much is expected
//! ```

mod args;
mod end;
mod estimate;
mod export;
mod fetch;
mod outcome;
mod removed;
mod request;
mod run;
mod tally;
mod target;
mod wording;
mod writer;

use std::io;
use std::path::Path;

pub(crate) use self::args::EventsArgs;
pub(super) use self::export::Export;
pub(super) use self::removed::explain;
pub(super) use self::request::RequestOptions;
pub(super) use self::run::run as export;
use crate::atomic_file::AtomicFile;
use crate::exit::Status;
use crate::format::Encoding;
use crate::options::destination::{Destination, Output};
use crate::options::filter::TypeFilter;
use crate::options::roles::Roles;
use crate::options::sources::Gathered;
use crate::terminal::advice::{self, Resume};
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Default number of sessions read at the same time into a file.
const CONCURRENCY: usize = 8;

pub(super) async fn run(args: EventsArgs, signals: &mut Signals) -> Status {
    match prepare(args, signals).await {
        Ok(prepared) => export(prepared, signals).await,
        Err((status, problem)) => {
            if !problem.is_empty() {
                messages::say(problem).await;
            }
            status
        }
    }
}

/// Validates the arguments and finds the sessions. Opens no output.
async fn prepare(args: EventsArgs, signals: &mut Signals) -> Result<Export, (Status, String)> {
    let usage = |problem| (Status::Usage, problem);
    args.validate().map_err(usage)?;
    let output = Output::resolve(args.output.as_deref(), args.format).map_err(usage)?;
    check_roles(&args, &output.destination).map_err(usage)?;
    let verbosity = args.messages.verbosity();
    if let Destination::File(path) = &output.destination {
        // Before anything is sent.
        let created = AtomicFile::create(path).map(drop);
        created.map_err(|error| usage(cannot_write(path, &error)))?;
    }
    let found = async {
        let client = args.connection.client().await;
        let client = client.map_err(|error| usage(error.advice()))?;
        let sessions = args.sources.gather(&client, verbosity).await;
        Ok((client, sessions.map_err(usage)?))
    };
    let (client, gathered) = tokio::select! {
        biased;
        signal = signals.next() => {
            let text = format!("stopped by {}: no events were requested yet", signal.name());
            return Err((Status::Stopped(signal), text));
        }
        found = found => found?,
    };
    let Gathered {
        ids: sessions,
        lacks_some,
    } = gathered;
    let request = RequestOptions {
        client,
        limit: args.limit,
        after: args.after,
        follow: args.follow.then_some(args.every),
        event_types: args.event_types,
    };
    // Ids that the service has are checked when they are requested.
    let example = sessions.first().map_or("session", String::as_str);
    let valid = request.events_of(example).validate();
    valid.map_err(|error| usage(advice::invalid_request(example, &error)))?;
    let concurrency = match (args.concurrency, request.follow, &output.destination) {
        (Some(number), ..) => number as usize,
        // Followed sessions end late, so all of them are read at once.
        (None, Some(_), _) => sessions.len().max(1),
        (None, None, Destination::File(_)) => CONCURRENCY,
        (None, None, Destination::Stdout | Destination::Through(_)) => 1,
    };
    Ok(Export {
        types: TypeFilter::new(&request.event_types),
        sessions,
        request,
        range: args.range,
        skips_malformed: args.skip_malformed,
        encoding: Encoding {
            format: output.format,
            compression: output.compression,
            formulas: args.escape_formulas.into(),
        },
        destination: output.destination,
        concurrency,
        lacks_sources: lacks_some,
        verbosity,
        resume: Resume::Possible,
        next_step: None,
    })
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!(
        "can't write to {}: {error}\n  next: fix it, or name a file in another folder with --output",
        path.display()
    )
}

/// Refuses a file that is named twice.
fn check_roles(args: &EventsArgs, destination: &Destination) -> Result<(), String> {
    let mut roles = Roles::default();
    args.sources.add_roles(&mut roles)?;
    args.connection.add_roles(&mut roles)?;
    match destination {
        Destination::Stdout => roles.add_stdout(),
        Destination::Through(path) | Destination::File(path) => roles.add("--output", path),
    }
}
