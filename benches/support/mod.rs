//! What the benches share.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "no bench uses all of it; one that can't run fails by panicking, and what it prints is its result"
)]

pub(crate) mod page_server;
pub(crate) mod rivals;
pub(crate) mod rounds;
