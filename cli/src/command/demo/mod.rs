//! `demo`: a session of a built-in emulator on stdout, and how to view it.
//!
//! ```text
//! mod ──► glance ──► row      on a terminal: the first events as a table, and what was streamed
//!  │         └────► suggested
//!  └────► events/             elsewhere: every event, as `events` prints them
//! ```

mod glance;
mod row;
mod suggested;

use std::io::{IsTerminal, stdout};

use clap::value_parser;
use journey_events::{Client, RateLimit};
use journey_events_emulator::{Emulator, EmulatorBuilder};

use self::suggested::Suggested;
use super::events::{self, Export, RequestOptions};
use crate::exit::Status;
use crate::format::Encoding;
use crate::options::destination::Destination;
use crate::options::filter::{TimeRange, TypeFilter};
use crate::terminal::advice::{self, Resume};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;

const HELP: &str = "\
On a terminal, the first 20 events are shown as a table. In a pipe or a file, every event is printed
as JSON, one per line.

Examples:
  journey-events demo
  journey-events demo | head -1
  journey-events demo --events 1000 | journey-events report --from - --output report.html";

#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true, after_help = HELP)]
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
    let sessions = emulator.sessions();
    let mut sessions = sessions.iter().map(|session| session.id().to_owned());
    let suggested = Suggested::new(args.events);
    if stdout().is_terminal()
        && let Some(session) = sessions.next()
    {
        return glance::run(&client, &session, &suggested, signals).await;
    }
    let export = Export {
        sessions: sessions.collect(),
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
        next_step: Some(suggested.report()),
    };
    events::export(export, signals).await
}
