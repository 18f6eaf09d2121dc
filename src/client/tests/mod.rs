//! Whole walks over an in-memory server under a paused clock; no test waits in real time.

mod finding;
mod following;
mod memory;
mod model;
mod quota;
mod refusals;
mod resuming;
mod retrying;
mod runtimes;
#[path = "../../../tests/support/session.rs"]
mod session;
mod sharing;
mod tokens;
mod walking;
