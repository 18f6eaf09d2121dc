//! The emulator over real HTTP, as a client sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answering;
mod client;
mod faults;
mod lifecycle;
mod own;
mod quota;
mod refusing;
mod sessions;
mod settings;
mod tokens;
mod walking;
