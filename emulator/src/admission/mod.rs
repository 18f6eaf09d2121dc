//! Which requests are admitted: those with an accepted token, within the quota.
//!
//! ```text
//! bearer token ─► Admission ─► tokens: issued here, and not expired?
//!                     │
//!                     └──────► quota: does the client's window have room? ─► report
//! ```
//!
//! [`tokens`] also holds the OAuth clients and issues their tokens. Nothing here knows HTTP: a
//! [`Refusal`] becomes a response in `http`.

mod quota;
mod report;
mod tokens;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use quota::OverQuota;
use quota::Quota;
pub use report::{ClientReport, QuotaReport, WindowReport};
pub use tokens::ClientCredentials;
pub(crate) use tokens::Tokens;

use crate::settings::{AcceptedTokens, Settings};

#[derive(Debug)]
pub(crate) struct Admission {
    accepted: AcceptedTokens,
    pub(crate) tokens: Tokens,
    requests: Option<u32>,
    window: Duration,
    quota: Mutex<Quota>,
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
        let (requests, window) = (settings.quota, settings.quota_window);
        Self {
            accepted: settings.accepted_tokens,
            tokens: Tokens::new(settings.seed, settings.clients, settings.token_lifetime),
            requests,
            window,
            quota: Mutex::new(Quota::new(requests, window, settings.quota_kind)),
        }
    }

    /// Admits a request with this bearer token, and counts it against the quota.
    pub(crate) fn check(&self, token: Option<&str>) -> Result<(), Refusal> {
        let now = Instant::now();
        let token = token.ok_or(Refusal::MissingToken)?;
        let owner = self.tokens.owner(token, now);
        if self.accepted == AcceptedTokens::Issued && owner.is_none() {
            return Err(Refusal::InvalidToken);
        }
        let admitted = self.quota().take(owner.unwrap_or(token), now);
        admitted.map_err(Refusal::OverQuota)
    }

    /// Notes a request that a fault answers: it uses no quota, and its token isn't checked.
    pub(crate) fn note(&self, token: Option<&str>) {
        let now = Instant::now();
        if let Some(token) = token {
            let owner = self.tokens.owner(token, now);
            self.quota().note(owner.unwrap_or(token), now);
        }
    }

    /// `start` is when the emulator started.
    pub(crate) fn report(&self, start: Instant) -> QuotaReport {
        let is_client = |name: &str| self.tokens.clients.iter().any(|client| client.id() == name);
        QuotaReport {
            requests: self.requests,
            window: self.window,
            clients: self.quota().report(start, is_client),
        }
    }

    /// Forgets all requests that were counted.
    pub(crate) fn reset_quota(&self) {
        self.quota().clear();
    }

    fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
