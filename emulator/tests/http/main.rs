//! The emulator over real HTTP, as a client sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod client;
mod contacts;
mod control;
mod conversations;
mod fault_kinds;
mod faults;
mod forms;
mod guard;
mod lifecycle;
mod own_events;
mod quota;
mod recording;
mod refused;
mod responses;
mod sessions;
mod settings;
mod tokens;
mod walks;
