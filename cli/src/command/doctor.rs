//! `doctor`: checks what an export needs, and reports what to fix.

use journey_events::{Error, ErrorKind};

use crate::exit::Status;
use crate::options::connection::{Connection, ConnectionArgs};
use crate::options::quota::Counted;
use crate::options::session_id;
use crate::terminal::advice;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct DoctorArgs {
    /// A session known to exist; without one, the permission can't be checked for certain
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_id: Option<String>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

const HELP: &str = "\
Requests one event, as an export would, and reports which checks passed and what to fix.

Example:
  journey-events doctor --profile DEFAULT";

/// An id that no session has. The service answers 404 to clients with the permission.
const UNKNOWN_SESSION: &str = "00000000-0000-4000-8000-000000000000";

pub(super) async fn run(args: DoctorArgs, signals: &mut Signals) -> Status {
    tokio::select! {
        biased;
        signal = signals.next() => Status::Stopped(signal),
        status = check(args) => status,
    }
}

async fn check(args: DoctorArgs) -> Status {
    let Connection { client, counted } = match args.connection.connect().await {
        Ok(connection) => connection,
        Err(error) => {
            messages::say(error.advice()).await;
            return Status::Usage;
        }
    };
    let mut report = vec!["ok    settings: region or base URL, and credentials".to_owned()];
    let session = args.session_id.as_deref().unwrap_or(UNKNOWN_SESSION);
    debug_assert!(session_id::checked(UNKNOWN_SESSION).is_ok());
    let page = client.session_events(session).limit(1).page().await;
    let status = match page {
        Ok(_) => {
            report.push("ok    connection, token, permission journey:event:view".to_owned());
            Status::Complete
        }
        Err(error) if error.kind() == ErrorKind::NotFound && args.session_id.is_none() => {
            report.push("ok    connection, token".to_owned());
            report.push(
                "ok    permission, probably; pass a SESSION_ID to check for certain".to_owned(),
            );
            Status::Complete
        }
        Err(error) => {
            report.extend(findings(&error));
            Status::Failed
        }
    };
    if status == Status::Complete {
        let activity = client.activity();
        let left = activity.permits_left.unwrap_or_default();
        let whose = match counted {
            Counted::Machine => "counting all your programs on this machine",
            Counted::Program => "counting only this program's",
        };
        report.push(format!(
            "ok    quota: {left} requests left in this minute, {whose}"
        ));
    }
    messages::say(report.join("\n")).await;
    status
}

/// Lists the checks in the order in which a request passes them.
fn findings(error: &Error) -> Vec<String> {
    let (passed, failed) = match error.kind() {
        ErrorKind::Connect | ErrorKind::Certificate | ErrorKind::Timeout => (&[][..], "connection"),
        ErrorKind::Login | ErrorKind::Unauthorized => (&["connection"][..], "token"),
        ErrorKind::Forbidden => (&["connection", "token"][..], "permission"),
        ErrorKind::RateLimited => (&["connection", "token"][..], "quota"),
        ErrorKind::NotFound => (&["connection", "token", "permission"][..], "session"),
        _ => (&[][..], "service"),
    };
    let mut report: Vec<_> = passed.iter().map(|name| format!("ok    {name}")).collect();
    report.push(format!("fail  {failed}: {}", advice::refusal(error)));
    report
}
