//! The rows of the fault catalogue (`tests/README.md`) that need real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod connections;
mod http1;
mod odd_values;
mod page_content;
mod refusals;
mod responses;
mod tls;
mod uncatalogued;
