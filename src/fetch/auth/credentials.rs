//! How a client authenticates.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::fetch::auth::source::TokenSource;
use crate::fetch::auth::token::AccessToken;

/// What a client authenticates with.
#[derive(Clone)]
pub(crate) enum Credentials {
    AccessToken(AccessToken),
    Client(ClientCredentials),
    Source(Arc<dyn TokenSource>),
}

/// An OAuth client of the organization.
#[derive(Clone)]
pub(crate) struct ClientCredentials {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").finish_non_exhaustive()
    }
}

/// Whether a token or secret fits into a header: printable ASCII, at least one character.
pub(crate) fn fits_in_a_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
