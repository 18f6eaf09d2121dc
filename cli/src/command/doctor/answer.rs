//! What a response proves.

use journey_events::{Error, ErrorKind};

/// What answered a request for something that can't exist.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The Genesys Cloud API: it doesn't have it. Token and permission were accepted.
    NotFound,
    /// The API: the token isn't accepted.
    TokenRefused,
    /// The API: the permission is missing.
    PermissionMissing,
    /// The API: too many requests.
    RateLimited,
    /// The API can't serve the request.
    Unavailable,
    /// A listing, as the API would send of something that exists.
    Listing,
    /// No token was issued, so the API wasn't reached.
    NoToken,
    /// No response was received.
    Unreachable,
    /// Something else: a web server, a gateway, a captive portal, a login page.
    Foreign,
}

impl Answer {
    pub(super) fn of<T>(result: &Result<T, Error>) -> Self {
        let Err(error) = result else {
            return Self::Listing;
        };
        match error.kind() {
            ErrorKind::Login => Self::NoToken,
            _ if error.status().is_none() => Self::Unreachable,
            _ if !is_of_api(error) => Self::Foreign,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Unauthorized => Self::TokenRefused,
            ErrorKind::Forbidden => Self::PermissionMissing,
            ErrorKind::RateLimited => Self::RateLimited,
            _ => Self::Unavailable,
        }
    }
}

/// Whether a refusal is the API's own: an `ErrorBody`, and the id that Genesys support asks for. Other web
/// servers have neither.
fn is_of_api(error: &Error) -> bool {
    error.code().is_some() && error.service_message().is_some() && error.correlation_id().is_some()
}
