//! Events as record batches, through the Arrow C stream interface.
//!
//! ```text
//! batches ──► reader ──► rows     (cells to arrays)
//!    └──────────┴──────► shared ──► (stream)
//! ```

pub(crate) mod batches;
mod reader;
mod rows;
mod shared;
