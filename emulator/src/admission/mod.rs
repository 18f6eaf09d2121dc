//! Which requests pass: who asks, and whether they ask too often.

pub(crate) mod quota;

use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use tokio::time::Instant;

use crate::admission::quota::Quota;
use crate::builder::EmulatorBuilder;
use crate::http::oauth::{self, OAuth};
use crate::http::problem::Problem;

/// Which bearer tokens pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    Any,
    Issued,
}

#[derive(Debug)]
pub(crate) struct Admission {
    tokens: Tokens,
    pub(crate) oauth: OAuth,
    quota: Option<Mutex<Quota>>,
}

impl Admission {
    pub(crate) fn new(settings: &EmulatorBuilder) -> Self {
        let quota = |requests| {
            let (window, kind) = (settings.quota_window, settings.quota_kind);
            Mutex::new(Quota::new(requests, window, kind))
        };
        Self {
            tokens: settings.tokens,
            oauth: OAuth::new(settings.seed, settings.token_lifetime),
            quota: settings.quota.map(quota),
        }
    }

    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let now = Instant::now();
        let token = oauth::credentials(headers, "bearer").ok_or(Problem::NoToken)?;
        let is_issued = self.oauth.knows(token, now);
        if self.tokens == Tokens::Issued && !is_issued {
            return Err(Problem::BadToken);
        }
        if let Some(quota) = &self.quota {
            // Tokens that were issued are all of the one client.
            let client = if is_issued {
                &self.oauth.client_id
            } else {
                token
            };
            let mut quota = quota.lock().unwrap_or_else(PoisonError::into_inner);
            quota.take(client, now).map_err(Problem::OverQuota)?;
        }
        Ok(())
    }
}
