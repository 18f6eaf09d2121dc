//! What the benches share.

#![allow(dead_code, reason = "no bench uses all of it")]

pub(crate) mod baselines;
pub(crate) mod page_server;
pub(crate) mod process;
pub(crate) mod rounds;

use journey_events::{Client, RateLimit};

/// The session that is walked where the server has only one.
pub(crate) const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

/// This crate with all its layers on, and no quota to wait for.
pub(crate) fn client(base_url: &str) -> Client {
    Client::builder()
        .base_url(base_url)
        .access_token("any")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap()
}
