//! `report`: an HTML page that shows journeys.
//!
//! ```text
//! (file) ──► source ──► reader ──► input ──► model ──► page ──► (file)
//! (service) ─────────────────────────┘         ▲
//!        summary, session, customers, problems, blocks
//!           ▲        ▲
//!           │     timeline ◄── offers
//!   arrival, facts, person, body, json, names, distinct, text
//! ```

mod args;
mod arrival;
mod blocks;
mod body;
mod customers;
mod distinct;
mod error;
mod facts;
mod input;
mod json;
mod model;
mod names;
mod offers;
mod output;
mod page;
mod person;
mod problems;
mod reader;
mod session;
mod source;
mod summary;
mod text;
mod timeline;

use std::io;
use std::path::Path;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

pub(crate) use args::ReportArgs;
use error::ReportError;
use model::ModelBuilder;
use names::Names;

use crate::atomic_file as state;
use crate::exit::Status;
use crate::terminal::messages as stderr;
use crate::terminal::signals::Signals;

/// Writes a report.
pub(crate) async fn run(args: ReportArgs, signals: &mut Signals) -> Status {
    let written = tokio::select! {
        biased;
        signal = signals.next() => {
            let name = signal.name();
            stderr::say(format!("stopped by {name}: no report was written")).await;
            return Status::Stopped(signal);
        }
        written = write_report(args) => written,
    };
    match written {
        Ok(status) => status,
        Err(ReportError(status, message)) => {
            stderr::say(message).await;
            status
        }
    }
}

async fn write_report(args: ReportArgs) -> Result<Status, ReportError> {
    let usage = |problem| ReportError(Status::Usage, problem);
    args.range.validate().map_err(usage)?;
    let output = output::resolve(&args).map_err(usage)?;
    let (range, open) = (args.range, args.open);
    let mut model = ModelBuilder::new(i64::from(args.idle) * 1000);
    if let Some(path) = args.names {
        let read = spawn_blocking(move || Names::read(&path)).await;
        let names = read.map_err(|error| usage(error.to_string()))?;
        model.set_names(names.map_err(usage)?);
    }
    let mut status = Status::Complete;
    if let Some(path) = args.from {
        let (read, missing) = input::file(path, range, args.sources.session_ids, model).await?;
        model = read;
        for id in missing {
            status = Status::Failed;
            model.add_problem(format!("Session {id} isn't in the input."));
            stderr::say(format!(
                "session {id} isn't in the input\n  next: check the id"
            ))
            .await;
        }
    } else {
        if let Some(contact) = args.sources.only_contact() {
            model.set_contact(contact);
        }
        let request = input::SessionRequest {
            sources: args.sources,
            connection: args.connection,
            quiet: args.quiet,
        };
        status = input::service(request, range, &mut model).await?;
    }
    if model.has_invalid_lines() {
        let message = if model.events() == 0 {
            "no valid events in the input: expected NDJSON as written by `journey-events events`"
        } else {
            "some lines aren't valid events; the report lists them"
        };
        stderr::say(message.to_owned()).await;
        status = Status::Failed;
    }
    let (events, name) = (model.events(), output.display().to_string());
    if events == 0 && status != Status::Complete && output.exists() {
        stderr::say(format!("no events to show: {name} was left unchanged")).await;
        return Ok(status);
    }
    let to = output.clone();
    let writing = spawn_blocking(move || write(model, &to));
    let written = writing
        .await
        .map_err(io::Error::other)
        .and_then(|done| done);
    written.map_err(|error| {
        let problem = format!(
            "can't write {name}: {error}\n  next: free disk space or choose another file, then run it again"
        );
        ReportError(Status::Failed, problem)
    })?;
    if !args.quiet {
        let next = if open { "" } else { ": open it in a browser" };
        stderr::say(format!("{events} events in {name}{next}")).await;
    }
    if open {
        show(&output, &name).await;
    }
    Ok(status)
}

/// Opens the report in the browser. It is written either way, so a failure is only reported.
async fn show(output: &Path, name: &str) {
    if let Err(error) = open::that_detached(output) {
        let problem = format!("can't open a browser: {error}\n  next: open {name} yourself");
        stderr::say(problem).await;
    }
}

fn write(builder: ModelBuilder, to: &Path) -> io::Result<()> {
    let generated = Timestamp::now().round(jiff::Unit::Second);
    let generated = generated.map_err(io::Error::other)?.to_string();
    let (model, blocks) = builder.finish(generated)?;
    state::write_atomically(to, page::html(&model, &blocks)?.as_bytes())
}
