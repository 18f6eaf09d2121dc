//! Events as record batches, through the Arrow C stream interface.
//!
//! ```text
//! batches ──► reader ──► rows     (cells to arrays)
//!                └─────► (stream)
//! ```

pub(crate) mod batches;
mod reader;
mod rows;
