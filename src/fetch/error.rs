//! Errors of requests that were given up.

use crate::error::{Error, ErrorKind};
use crate::fetch::endpoint::Endpoint;
use crate::fetch::failure::Cause;
use crate::fetch::retry::GaveUp;

/// Makes an error of the last attempt at `of`.
pub(crate) fn request_error(
    gave_up: GaveUp,
    endpoint: &Endpoint,
    of: &str,
    has_cursor: bool,
) -> Error {
    let failure = &gave_up.failure;
    let (kind, description) = match failure.cause {
        Cause::Status(400 | 410) if has_cursor => {
            (ErrorKind::CursorRejected, "the service refused the cursor")
        }
        cause => (cause.kind(), cause.describe(endpoint)),
    };
    let description = failure.description.as_deref().unwrap_or(description);
    let message = format!("{of}: {description}");
    gave_up.into_error(kind, &message)
}
