//! Code shared by the benches.

#![allow(dead_code, reason = "no bench uses all of it")]

pub(crate) mod baselines;
pub(crate) mod page_server;
pub(crate) mod process;
pub(crate) mod rounds;

use journey_events::{Client, RateLimit};

/// The session that the page server's benches walk.
pub(crate) const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

/// A client with all layers enabled and no quota.
pub(crate) fn client(base_url: &str) -> Client {
    Client::builder()
        .base_url(base_url)
        .access_token("any")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap()
}
