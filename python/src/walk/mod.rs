//! The iterators.
//!
//! ```text
//! classes ──► event_loop       (a task that waits, and wakes the loop)
//!    └──────────┴──► shared    (a walk that threads share: take, fill)
//!                      └──► stream   (the library's three streams as one)
//! ```

pub(crate) mod classes;
mod event_loop;
pub(crate) mod shared;
pub(crate) mod stream;
