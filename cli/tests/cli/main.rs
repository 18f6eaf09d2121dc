//! Runs the real program over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod arguments;
mod demo;
mod destinations;
mod doctor;
mod emulate;
mod endings;
mod events;
mod failures;
mod faults;
mod interruption;
mod ledger;
mod lists;
mod output;
mod quota;
mod report;
mod selection;
mod sessions;
mod setup;
mod support;
mod terminal;
