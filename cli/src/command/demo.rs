//! `demo`: a session of a built-in emulator on stdout, and how to view it.

use clap::value_parser;
use journey_events::{Client, RateLimit};
use journey_events_emulator::{Emulator, EmulatorBuilder};

use super::events::{self, Export, RequestOptions};
use crate::exit::Status;
use crate::format::Encoding;
use crate::options::destination::Destination;
use crate::options::filter::{TimeRange, TypeFilter};
use crate::terminal::advice::{self, Resume};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct DemoArgs {
    /// Number of events in the session
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=EmulatorBuilder::MOST_EVENTS))]
    pub(crate) events: u64,
}

pub(super) async fn run(args: &DemoArgs, signals: &mut Signals) -> Status {
    let emulator = match Emulator::builder().events(args.events).start().await {
        Ok(emulator) => emulator,
        Err(error) => {
            messages::say(advice::emulator(&error)).await;
            return Status::Failed;
        }
    };
    let client = Client::builder()
        .base_url(emulator.base_url())
        .access_token("demo")
        // This emulator has no quota.
        .rate_limit(RateLimit::unlimited())
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            messages::say(advice::settings(&error)).await;
            return Status::Failed;
        }
    };
    let sessions = emulator.sessions().iter();
    let export = Export {
        sessions: sessions.map(|session| session.id().to_owned()).collect(),
        request: RequestOptions::new(client),
        types: TypeFilter::default(),
        range: TimeRange::default(),
        skips_malformed: false,
        destination: Destination::Stdout,
        encoding: Encoding::LINES,
        concurrency: 1,
        lacks_sources: false,
        verbosity: Verbosity::Normal,
        resume: Resume::Pointless,
        next_step: Some(report_command(args.events)),
    };
    events::export(export, signals).await
}

/// Returns how to view the events, with the program as it was invoked.
fn report_command(events: u64) -> String {
    let program = std::env::args().next().unwrap_or_default();
    format!(
        "to see this journey in a browser: {program} demo --events {events} | {program} report --from - \
         --output report.html"
    )
}
