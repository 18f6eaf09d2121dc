//! `demo`: a service in process, its one session on stdout, and how to see it.

use clap::value_parser;
use journey_events::{Client, RateLimit};
use journey_events_emulator::{Emulator, EmulatorBuilder};

use super::events::stdout::{self, Export, Session};
use crate::exit::Status;
use crate::format::{Format, Formulas, TextWriter};
use crate::options::filter::Selection;
use crate::terminal::advice::{self, Restart};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct DemoArgs {
    /// How many events the session has
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=EmulatorBuilder::MOST_EVENTS))]
    pub(crate) events: u64,
}

pub(crate) async fn run(args: &DemoArgs, signals: &mut Signals) -> Status {
    let emulator = match Emulator::builder().events(args.events).start().await {
        Ok(emulator) => emulator,
        Err(error) => {
            messages::say(advice::no_emulator(&error)).await;
            return Status::Failed;
        }
    };
    let client = Client::builder()
        .base_url(emulator.base_url())
        .access_token("demo")
        // The emulator has no quota here, so that there is nothing to wait for.
        .rate_limit(RateLimit::unlimited())
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            messages::say(advice::settings(&error)).await;
            return Status::Failed;
        }
    };
    let sessions = emulator.sessions().iter().map(|session| Session {
        id: session.id().to_owned(),
        request: client.session_events(session.id()),
    });
    let export = Export {
        sessions: sessions.collect(),
        client,
        restart: Restart::Pointless,
        writer: TextWriter::new(Format::Ndjson, Formulas::Kept),
        selection: Selection::default(),
        verbosity: Verbosity::Normal,
        next: Some(see_it(args.events)),
    };
    stdout::run(export, signals).await
}

/// How to see the events, with the program as it was called.
fn see_it(events: u64) -> String {
    let program = std::env::args().next().unwrap_or_default();
    format!(
        "to see this journey in a browser: {program} demo --events {events} | {program} report --from - \
         --output report.html"
    )
}
