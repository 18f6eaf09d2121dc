//! Whole walks over an in-memory transport under a paused clock: nothing here waits for real time.

mod memory;
mod resuming;
mod retrying;
mod tokens;
mod walking;
