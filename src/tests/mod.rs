//! Whole walks over an in-memory transport under a paused clock: nothing here waits for real time.

mod following;
#[path = "../../tests/support/memory.rs"]
mod memory;
mod model_consumer;
mod model_seen;
mod model_service;
mod model_session;
mod model_walks;
mod model_wire;
mod resuming;
mod retrying;
#[path = "../../tests/support/session.rs"]
mod session;
mod sharing;
mod tokens;
mod walking;
