//! `report`: a page that shows journeys.
//!
//! ```text
//! (file) ────► reading ──► journey ──► page ──► (file)
//! (service) ─────┘           ▲
//!                  digest, visit, troubles, blocks
//!                    ▲        ▲
//!   json, body, facts,        course ◄── offers
//!        arrival, shown
//! ```

mod args;
mod arrival;
mod blocks;
mod body;
mod course;
mod digest;
mod error;
mod facts;
mod journey;
mod json;
mod offers;
mod output;
mod page;
mod reading;
mod shown;
mod troubles;
mod visit;

use std::io;
use std::path::Path;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

pub(crate) use args::ReportArgs;
use error::ReportError;
use journey::Journey;

use crate::selection::Selection;
use crate::signals::Signals;
use crate::state;
use crate::status::Status;
use crate::stderr;

/// Writes a report.
pub(crate) async fn run(args: ReportArgs, signals: &mut Signals) -> Status {
    let made = tokio::select! {
        biased;
        signal = signals.next() => {
            let name = signal.name();
            stderr::say_last(format!("ended by {name}: no page was written")).await;
            return Status::Stopped(signal);
        }
        made = make(args) => made,
    };
    match made {
        Ok(status) => status,
        Err(ReportError(status, problem)) => {
            stderr::say(problem).await;
            status
        }
    }
}

async fn make(args: ReportArgs) -> Result<Status, ReportError> {
    let output = args.output;
    output::check(&output, args.from.as_deref())
        .map_err(|problem| ReportError(Status::Usage, problem))?;
    let selection = Selection {
        since: args.since,
        until: args.until,
    };
    let mut journey = Journey::new(i64::from(args.idle) * 1000);
    let mut status = Status::Complete;
    if let Some(path) = args.from {
        journey = reading::file(path, selection, journey).await?;
    } else {
        let asked = reading::Asked {
            ids: args.session_ids,
            contact: args.contact,
            connection: args.connection,
            quiet: args.quiet,
        };
        status = reading::service(asked, selection, &mut journey).await?;
    }
    if journey.is_incomplete() {
        let told = if journey.events() == 0 {
            "no line is an event: what is read is NDJSON, as `journey-events events` writes it"
        } else {
            "some lines are no events; the page says which"
        };
        stderr::say(told.to_owned()).await;
        status = Status::Failed;
    }
    let (events, name) = (journey.events(), output.display().to_string());
    if events == 0 && status != Status::Complete && output.exists() {
        stderr::say(format!("there is nothing to show: {name} is as it was")).await;
        return Ok(status);
    }
    let writing = spawn_blocking(move || write(journey, &output));
    let written = writing
        .await
        .map_err(io::Error::other)
        .and_then(|done| done);
    written.map_err(|error| {
        let problem = format!(
            "{name} can't be written: {error}\n  next: make room or write elsewhere, and run it again"
        );
        ReportError(Status::Failed, problem)
    })?;
    if !args.quiet {
        stderr::say(format!("{events} events in {name}: open it in a browser")).await;
    }
    Ok(status)
}

fn write(journey: Journey, to: &Path) -> io::Result<()> {
    let made = Timestamp::now().round(jiff::Unit::Second);
    let made = made.map_err(io::Error::other)?.to_string();
    let (model, blocks) = journey.end(made)?;
    state::write_whole(to, page::html(&model, &blocks)?.as_bytes())
}
