//! Checks of a client's credentials and timeouts.

use secrecy::ExposeSecret;

use crate::error::Error;
use crate::fetch::auth::credentials::{ClientCredentials, Credentials, fits_in_a_header};
use crate::fetch::transport::settings::Timeouts;

/// Credentials must fit into a header. Secrets aren't shown.
pub(crate) fn check_credentials(credentials: &Credentials) -> Result<(), Error> {
    let check = |setting: &str, text: &str| {
        let problem = if text.is_empty() {
            "is empty"
        } else if !fits_in_a_header(text) {
            "contains a space, a line break or another character that isn't valid in a header"
        } else {
            return Ok(());
        };
        Err(Error::invalid_input(format!(
            "{setting} {problem}; expected printable ASCII characters without spaces"
        )))
    };
    match credentials {
        Credentials::Source(_) => Ok(()),
        Credentials::AccessToken(token) => check("access token", token.expose_secret()),
        Credentials::Client(ClientCredentials { id, secret }) => {
            check("client id", id)?;
            if id.contains(':') {
                return Err(Error::invalid_input(
                    "client id contains a colon, which isn't allowed",
                ));
            }
            check("client secret", secret.expose_secret())
        }
    }
}

/// Checks the timeouts and clamps those that are too long to be added to an instant.
pub(crate) fn checked_timeouts(timeouts: Timeouts) -> Result<Timeouts, Error> {
    for (setting, timeout) in [
        ("connect", timeouts.connect),
        ("read", timeouts.read),
        ("attempt", timeouts.attempt),
    ] {
        if timeout.is_zero() {
            return Err(Error::invalid_input(format!(
                "{setting} timeout is 0; expected more than 0"
            )));
        }
    }
    Ok(timeouts.clamped())
}
