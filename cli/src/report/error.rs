//! Why no report was written.

use super::journey::{Full, MOST_EVENTS, MOST_SESSIONS};
use crate::status::Status;

/// The exit status and the message.
#[derive(Debug)]
pub(super) struct ReportError(pub(super) Status, pub(super) String);

impl From<Full> for ReportError {
    fn from(full: Full) -> Self {
        let next = "next: choose fewer, with --since and --until or by naming sessions";
        let message = match full {
            Full::Events => {
                format!("there are more than {MOST_EVENTS} events, the most in a report\n  {next}")
            }
            Full::Sessions => format!(
                "there are more than {MOST_SESSIONS} sessions, the most in a report\n  {next}"
            ),
            Full::Io(error) => format!("events can't be packed: {error}"),
        };
        Self(Status::Failed, message)
    }
}
