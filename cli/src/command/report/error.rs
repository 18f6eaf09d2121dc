//! Why no report was written.

use super::model::{AddError, MAX_EVENTS, MAX_SESSIONS};
use crate::exit::Status;

/// The exit status and the message.
#[derive(Debug)]
pub(super) struct ReportError(pub(super) Status, pub(super) String);

impl From<AddError> for ReportError {
    fn from(error: AddError) -> Self {
        let next = "next: select fewer, with --since and --until or individual session ids";
        let message = match error {
            AddError::TooManyEvents => {
                format!("more than {MAX_EVENTS} events, the most a report can hold\n  {next}")
            }
            AddError::TooManySessions => {
                format!("more than {MAX_SESSIONS} sessions, the most a report can hold\n  {next}")
            }
            AddError::Io(error) => format!("can't compress the events: {error}"),
        };
        Self(Status::Failed, message)
    }
}
