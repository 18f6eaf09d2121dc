//! A dataset of Genesys Cloud journey events that never loses or doubles one.
//!
//! Layers, top to bottom. Each imports only the ones below it:
//!
//! ```text
//! format/    NDJSON, CSV and Parquet
//! ```

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

pub mod format;
