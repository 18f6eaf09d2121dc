//! `events`: sessions to stdout or one file.
//!
//! ```text
//! args, removed ──► run ──► fetch ──► writer ──► (stdout, file, device)
//!                    │        └────► request
//!                    └────► outcome ──► (stderr)
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
mod writer;

pub(crate) use self::args::EventsArgs;
pub(super) use self::export::Export;
pub(super) use self::removed::explain;
pub(super) use self::request::RequestOptions;
pub(super) use self::run::run as export;
use crate::exit::Status;
use crate::format::Encoding;
use crate::options::destination::{Destination, Output};
use crate::options::filter::TypeFilter;
use crate::options::roles::Roles;
use crate::options::sources::SourcesError;
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
    let found = async {
        let client = args.connection.client().await;
        let client = client.map_err(|error| usage(error.advice()))?;
        let sessions = args.sources.gather(&client).await;
        let sessions = sessions.map_err(|error| match error {
            SourcesError::Invalid(problem) => usage(problem),
            SourcesError::Failed(problem) => (Status::Failed, problem),
        })?;
        Ok((client, sessions))
    };
    let (client, sessions) = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        found = found => found?,
    };
    let request = RequestOptions {
        client,
        limit: args.limit,
        after: args.after,
        follow: args.follow.then_some(args.every),
        event_types: args.event_types,
    };
    for id in &sessions {
        let valid = request.events_of(id).validate();
        valid.map_err(|error| usage(advice::invalid_request(id, &error)))?;
    }
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
        verbosity,
        resume: Resume::Possible,
        next_step: None,
    })
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
