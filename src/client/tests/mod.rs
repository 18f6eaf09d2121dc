//! Whole walks over an in-memory transport under a paused clock: no test here waits for real time.

mod following;
mod memory;
mod model;
mod refusals;
mod resuming;
mod retrying;
#[path = "../../../tests/support/session.rs"]
mod session;
mod sharing;
mod tokens;
mod walking;
