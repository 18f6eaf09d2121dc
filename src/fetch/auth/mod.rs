//! The access token: fixed, or fetched from a source and kept fresh, one login at a time.
//!
//! ```text
//! Auth ─► fixed token
//!   └───► cache ─► state: use the token, wait for the login, start one, or fail
//!           │                    ▲ renewed, succeeded, failed
//!           └─ spawns ─► task ───┴─► source (client credentials, or the user's)
//! ```
//!
//! Callers wait on the state and not on the task, so it doesn't matter which runtime runs a login. Its
//! task holds a claim and renews it; a waiter that finds the claim lost starts the next login on its own
//! runtime. `credentials` is what the user configured, `login` one attempt with client credentials.

pub(crate) mod cache;
pub(crate) mod credentials;
pub(crate) mod login;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod token;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ServiceAnswer};
use cache::TokenCache;
use source::TokenSource;
use state::Claim;
use token::{AccessToken, Token};

/// Hands out the token.
#[derive(Debug)]
pub(crate) enum Auth {
    Fixed(Arc<Token>),
    Cached(TokenCache),
}

impl Auth {
    /// A token that can't be replaced.
    pub(crate) fn fixed(token: AccessToken) -> Self {
        Self::Fixed(Arc::new(Token::new(token, Instant::now(), false)))
    }

    /// Tokens from a source, whose calls are dropped after `longest_call`.
    pub(crate) fn cached(source: Arc<dyn TokenSource>, longest_call: Duration) -> Self {
        Self::Cached(TokenCache::new(source, longest_call, Claim::default()))
    }

    /// Returns the token to use now, waiting for a login if there is none.
    ///
    /// Must be polled on one tokio runtime. Dropping the future leaves the login to the others who wait
    /// for it, and ends it if there are none.
    pub(crate) async fn token(&self) -> Result<Arc<Token>, Error> {
        match self {
            Self::Fixed(token) => Ok(Arc::clone(token)),
            Self::Cached(cache) => cache.token().await,
        }
    }

    /// Whether this token is still the one to use.
    pub(crate) fn is_current(&self, token: &Arc<Token>) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Cached(cache) => cache.is_current(token),
        }
    }

    /// Drops a token that the service refused with this answer, unless it has been replaced meanwhile;
    /// whether a login may follow now.
    pub(crate) fn reject(&self, refused: &Arc<Token>, answer: &ServiceAnswer) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Cached(cache) => cache.reject(refused, answer),
        }
    }
}

#[cfg(test)]
mod tests;
