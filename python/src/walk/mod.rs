//! The iterators.
//!
//! ```text
//! classes ──► event_loop       (a task that waits, and wakes the loop)
//!    └──────────┴──► (stream, arrow)
//! ```

pub(crate) mod classes;
mod event_loop;
