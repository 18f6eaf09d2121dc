//! How many entities a page request asks for.

use crate::error::Error;

/// Most entities a request, the service's own cap and our default.
pub(crate) const MAX_LIMIT: u32 = 200;

/// The limit that is sent: at most the cap.
///
/// # Errors
///
/// Zero.
pub(crate) fn effective_limit(limit: u32) -> Result<u32, Error> {
    if limit == 0 {
        return Err(Error::invalid_input(format!(
            "limit is 0; expected 1 to {MAX_LIMIT} per request"
        )));
    }
    Ok(limit.min(MAX_LIMIT))
}
