//! The commands: each takes its arguments to its exit status.

mod completions;
mod demo;
mod doctor;
mod emulate;
mod events;
mod man;
mod report;

use std::io::{self, Write};

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use self::demo::DemoArgs;
use self::doctor::DoctorArgs;
use self::emulate::EmulateArgs;
use self::events::EventsArgs;
use self::report::ReportArgs;
use crate::exit::Status;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Every event of a Genesys Cloud journey session, one JSON object a line.
#[derive(Debug, Parser)]
#[command(name = "journey-events", version, after_help = OVERVIEW)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const OVERVIEW: &str = "\
Examples:
  journey-events demo --events 1000 | wc -l
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 > events.jsonl
  journey-events events --from sessions.txt --output events.csv --format csv
  journey-events report 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html
  journey-events doctor --region eu-central-1
  journey-events emulate --sessions 3 --quota 300

Events go to stdout (or into files), as the service sent them, and nothing else does; what there is to
say goes to stderr.

Exit status:
  0    everything came, or the reader of stdout (such as head) wanted no more
  1    something failed; stderr says what, and how to go on
  2    the arguments or the environment are not allowed; nothing was sent
  130  ended by Ctrl-C
  143  ended by SIGTERM
`emulate` runs until Ctrl-C or SIGTERM, and its status is then 0.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream a session of an emulator in this process: no account, no network
    Demo(DemoArgs),
    /// Write every event of the given sessions, to stdout or into files
    Events(Box<EventsArgs>),
    /// Write a page that shows journeys: timeline, pages, offers, every event
    Report(Box<ReportArgs>),
    /// Check region, token, permission and quota, and say what to fix
    Doctor(DoctorArgs),
    /// Run the service's events endpoint on this machine, until Ctrl-C
    Emulate(EmulateArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page: journey-events man | man -l -
    Man,
}

impl Command {
    pub(crate) async fn run(self, signals: &mut Signals) -> Status {
        match self {
            Self::Demo(args) => demo::run(&args, signals).await,
            Self::Events(args) => events::run(*args, signals).await,
            Self::Report(args) => report::run(*args, signals).await,
            Self::Doctor(args) => doctor::run(args, signals).await,
            Self::Emulate(args) => emulate::run(&args, signals).await,
            Self::Completions { shell } => {
                print(&completions::script(shell, &mut Args::command())).await
            }
            Self::Man => match man::page(Args::command()) {
                Ok(page) => print(&page).await,
                Err(error) => {
                    messages::say(format!("the man page can't be made: {error}")).await;
                    Status::Failed
                }
            },
        }
    }
}

async fn print(text: &[u8]) -> Status {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            messages::say(format!("stdout can't be written to: {error}")).await;
            Status::Failed
        }
        _ => Status::Complete,
    }
}
