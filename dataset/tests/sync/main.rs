//! Whole runs over real sockets and a real disk.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bucket;
mod interruptions;
mod outages;
mod postgres;
mod reading;
mod support;
#[path = "../../src/test_servers.rs"]
mod test_servers;
