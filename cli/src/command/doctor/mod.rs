//! `doctor`: checks what the other commands need, and reports what to fix.
//!
//! ```text
//! checkup ─► answer   what a response proves
//!    │  └──► proxy    the way to the service
//!    ▼
//! check               result of each check, as text and JSON
//! ```

mod answer;
mod check;
mod checkup;
mod proxy;

use self::check::Checks;
use super::print::print;
use crate::exit::Status;
use crate::options::connection::ConnectionArgs;
use crate::options::session_id;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct DoctorArgs {
    /// A session that should exist; its first event is requested too
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_id: Option<String>,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

const HELP: &str = "\
Requests a session, a contact and a conversation that can't exist. The service's refusals prove that it
is the Genesys Cloud API, that it accepts the token, and which permissions the token has.

Examples:
  journey-events doctor --profile default
  journey-events doctor --json | jq '.checks[] | select(.status != \"ok\")'

Exit status: 0; 1 if a check failed (a warning isn't a failure); 2 if the settings are incomplete.";

pub(super) async fn run(args: DoctorArgs, signals: &mut Signals) -> Status {
    tokio::select! {
        biased;
        signal = signals.next() => Status::Stopped(signal),
        status = examine(&args) => status,
    }
}

async fn examine(args: &DoctorArgs) -> Status {
    let (checks, status) = match args.connection.connect().await {
        Ok(connection) => {
            let checks =
                checkup::run(&args.connection, &connection, args.session_id.as_deref()).await;
            let status = if checks.passed() {
                Status::Complete
            } else {
                Status::Failed
            };
            (checks, status)
        }
        Err(error) => {
            let mut checks = Checks::default();
            checks.fail("settings", &error.advice());
            (checks, Status::Usage)
        }
    };
    if !args.json {
        messages::say(checks.text()).await;
        return status;
    }
    match print(checks.json().as_bytes()).await {
        Status::Complete => status,
        unprinted => unprinted,
    }
}
