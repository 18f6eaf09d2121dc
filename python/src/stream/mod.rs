//! Walks that threads and tasks share.
//!
//! ```text
//! shared ──► entities     (the library's three streams as one)
//! ```

pub(crate) mod entities;
pub(crate) mod shared;
