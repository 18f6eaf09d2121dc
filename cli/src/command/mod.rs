//! The commands. Each turns its arguments into an exit status.
//!
//! ```text
//! demo ──► events/          a session of a built-in emulator
//! events/                   sessions to stdout or files
//! sessions                  which sessions a contact or conversation has
//! datasets/                 many sessions to a dataset, and all that is done with it
//! report/                   journeys as an HTML page
//! doctor                    checks of connection and permission
//! emulate/                  the service, on this machine
//! completions, man          for the shell
//! ```

mod completions;
#[cfg(feature = "sync")]
mod datasets;
#[cfg(not(feature = "sync"))]
#[path = "no_datasets.rs"]
mod datasets;
mod demo;
mod doctor;
mod emulate;
mod events;
mod man;
mod other_kind;
mod print;
mod report;
mod sessions;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use self::datasets::DatasetCommand;
use self::demo::DemoArgs;
use self::doctor::DoctorArgs;
use self::emulate::EmulateArgs;
use self::events::EventsArgs;
use self::print::print;
use self::report::ReportArgs;
use self::sessions::SessionsArgs;
use crate::exit::Status;
use crate::features;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Every event of a Genesys Cloud journey session, one JSON object per line.
#[derive(Debug, Parser)]
#[command(name = "journey-events", version, after_help = overview())]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Parses the command line. If it is invalid or asks for help, prints that and returns the exit status.
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, u8> {
        Self::try_parse_from(args).map_err(|mut error| {
            events::explain(&mut error);
            // As clap's own `exit`: there is no one left to tell.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(u8::MAX)
        })
    }
}

fn overview() -> String {
    let [datasets, quota] = if cfg!(feature = "sync") {
        [DATASETS, QUOTA]
    } else {
        [""; 2]
    };
    let machines = if cfg!(feature = "postgres") {
        MACHINES
    } else {
        ""
    };
    let lacks = features::lacks();
    format!("{EXAMPLES}{datasets}{MORE_EXAMPLES}{quota}{machines}{STATUS}{lacks}")
}

const EXAMPLES: &str = "\
Examples:
  journey-events demo --events 1000 | wc -l
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 > events.jsonl
  journey-events events --sessions sessions.txt --output events.csv
  journey-events sessions --conversation a1b2c3d4-0000-4000-8000-000000000001
";

const DATASETS: &str = "  \
  journey-events sync data --create --sessions sessions.txt
  journey-events status data
";

const MORE_EXAMPLES: &str = "  \
  journey-events report 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html
  journey-events doctor --region eu-central-1
  journey-events emulate --sessions 3 --quota 300

Events go to stdout or files exactly as the service sent them; everything else goes to stderr.
";

const QUOTA: &str = "
Programs on this machine that use the same OAuth client share its quota, through a file in your state
folder.";

const MACHINES: &str = " \
Those of many machines share it through PostgreSQL (--share-quota postgres://HOST/DATABASE).";

const STATUS: &str = "

Exit status:
  0    complete, or the reader of stdout (such as head) closed the pipe
  1    something failed; stderr says what, and how to resume
  2    invalid arguments or environment; nothing was sent
  129  stopped by SIGHUP
  130  stopped by Ctrl-C
  131  stopped by SIGQUIT
  143  stopped by SIGTERM
`emulate` runs until Ctrl-C or SIGTERM and then exits with 0.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream a generated session from a built-in emulator: no account, no network
    Demo(DemoArgs),
    /// Write every event of the given sessions to stdout or one file
    Events(Box<EventsArgs>),
    /// Find the sessions of a contact, a conversation, or all conversations of a day
    Sessions(SessionsArgs),
    #[command(flatten)]
    Datasets(DatasetCommand),
    /// Write an HTML page that shows journeys: timeline, pages, offers, every event
    Report(Box<ReportArgs>),
    /// Check region, token, permission and quota, and report what to fix
    Doctor(DoctorArgs),
    /// Serve the events endpoint on this machine until Ctrl-C
    Emulate(EmulateArgs),
    /// Print a shell completion script
    Completions {
        /// Shell to complete for
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
            Self::Sessions(args) => sessions::run(args, signals).await,
            Self::Datasets(command) => command.run(signals).await,
            Self::Report(args) => report::run(*args, signals).await,
            Self::Doctor(args) => doctor::run(args, signals).await,
            Self::Emulate(args) => emulate::run(&args, signals).await,
            Self::Completions { shell } => {
                print(&completions::script(shell, &mut Args::command())).await
            }
            Self::Man => match man::page(Args::command()) {
                Ok(page) => print(&page).await,
                Err(error) => {
                    messages::say(format!("can't render the man page: {error}")).await;
                    Status::Failed
                }
            },
        }
    }
}
