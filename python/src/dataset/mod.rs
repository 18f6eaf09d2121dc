//! Datasets: `sync` and `status`.
//!
//! ```text
//! sync ──► sources, place ──► (client, runtime)
//! status ────────────┘
//! ```

mod place;
mod sources;
pub(crate) mod status;
pub(crate) mod sync;
