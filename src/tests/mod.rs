//! Whole walks over an in-memory transport under a paused clock: nothing here waits for real time.

#[path = "../../tests/support/memory.rs"]
mod memory;
mod resuming;
mod retrying;
#[path = "../../tests/support/session.rs"]
mod session;
mod sharing;
mod tokens;
mod walking;
