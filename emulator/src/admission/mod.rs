//! Which requests are admitted: those with an accepted token, within the quota.
//!
//! ```text
//! bearer token ─► Admission ─► tokens: issued here, and not expired?
//!                     │
//!                     └──────► quota: does the client's window have room?
//! ```
//!
//! [`tokens`] also holds the only OAuth client and issues its tokens. Nothing here knows HTTP: a
//! [`Refusal`] becomes a response in `http`.

mod quota;
mod tokens;

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

pub(crate) use quota::OverQuota;
use quota::Quota;
pub(crate) use tokens::Tokens;

use crate::settings::{AcceptedTokens, Settings};

#[derive(Debug)]
pub(crate) struct Admission {
    accepted: AcceptedTokens,
    pub(crate) tokens: Tokens,
    quota: Option<Mutex<Quota>>,
}

/// Why a request isn't admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    MissingToken,
    InvalidToken,
    OverQuota(OverQuota),
}

impl Admission {
    pub(crate) fn new(settings: &Settings) -> Self {
        let quota = |requests| {
            let (window, kind) = (settings.quota_window, settings.quota_kind);
            Mutex::new(Quota::new(requests, window, kind))
        };
        Self {
            accepted: settings.accepted_tokens,
            tokens: Tokens::new(settings.seed, settings.token_lifetime),
            quota: settings.quota.map(quota),
        }
    }

    /// Admits a request with this bearer token, and counts it against the quota.
    pub(crate) fn check(&self, token: Option<&str>) -> Result<(), Refusal> {
        let now = Instant::now();
        let token = token.ok_or(Refusal::MissingToken)?;
        let is_issued = self.tokens.is_valid(token, now);
        if self.accepted == AcceptedTokens::Issued && !is_issued {
            return Err(Refusal::InvalidToken);
        }
        if let Some(quota) = &self.quota {
            // All issued tokens belong to the only client.
            let client = if is_issued {
                &self.tokens.client_id
            } else {
                token
            };
            let mut quota = quota.lock().unwrap_or_else(PoisonError::into_inner);
            quota.take(client, now).map_err(Refusal::OverQuota)?;
        }
        Ok(())
    }
}
