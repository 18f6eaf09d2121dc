//! `doctor`: checks what an export needs, and says what to fix.

use journey_events::{Error, ErrorKind};

use crate::advice;
use crate::args::DoctorArgs;
use crate::connection::NoClient;
use crate::session_id;
use crate::signals::Signals;
use crate::status::Status;
use crate::stderr;

/// An id that no session has: the service answers 404 to whoever may ask.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

pub(crate) async fn run(args: DoctorArgs, signals: &mut Signals) -> Status {
    tokio::select! {
        biased;
        signal = signals.next() => Status::Stopped(signal),
        status = check(args) => status,
    }
}

async fn check(args: DoctorArgs) -> Status {
    let client = match args.connection.client() {
        Ok(client) => client,
        Err(NoClient::Profile(problem)) => {
            stderr::say(advice::profile(&problem)).await;
            return Status::Usage;
        }
        Err(NoClient::Settings(error)) => {
            stderr::say(advice::settings(&error)).await;
            return Status::Usage;
        }
    };
    let mut report = vec!["ok    settings: region or base URL, and credentials".to_owned()];
    let session = args.session_id.as_deref().unwrap_or(NOBODY);
    debug_assert!(session_id::checked(NOBODY).is_ok());
    let asked = client.session_events(session).limit(1).page().await;
    let status = match asked {
        Ok(_) => {
            report.push("ok    connection, token, permission journey:event:view".to_owned());
            Status::Complete
        }
        Err(error) if error.kind() == ErrorKind::NotFound && args.session_id.is_none() => {
            report.push("ok    connection, token".to_owned());
            report.push(
                "ok    permission, as far as one can tell without the id of a session; name one to be \
                 sure"
                    .to_owned(),
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
        report.push(format!(
            "ok    quota: {left} requests are left in this minute, by this program's own count"
        ));
    }
    stderr::say(report.join("\n")).await;
    status
}

/// What was found, in the order in which a request passes it.
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
    report.push(format!("wrong {failed}: {}", advice::refusal(error)));
    report
}
