//! Runs the real program over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod arguments;
mod demo;
mod emulate;
mod events;
mod failures;
mod faults;
mod files;
mod interruption;
mod quota;
mod report;
mod setup;
mod support;
