//! The emulator over real HTTP, as a client sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod client;
mod conversations;
mod faults;
mod forms;
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
