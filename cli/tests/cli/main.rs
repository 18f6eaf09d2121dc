//! Runs the real program over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod arguments;
mod around;
mod demo;
mod emulate;
mod ends;
mod events;
mod failures;
mod faulty;
mod files;
mod program;
mod report;
mod service;
