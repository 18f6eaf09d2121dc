//! A dataset of Genesys Cloud journey events that never loses or doubles one.
//!
//! Layers, top to bottom. Each imports only the ones below it:
//!
//! ```text
//! worker/    a run: claims, reads, commits, publishes
//! dataset/   the folder: parts, files, who works on it
//! ledger/    what is known of sessions, workers, parts and files
//! quota/     one quota for all programs of a machine
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

mod clock;
mod dataset;
mod error;
mod fault;
pub mod format;
mod ledger;
pub mod quota;
mod random;
mod worker;

pub use dataset::{
    Dataset, Forgotten, Given, LedgerOptions, PartitionBy, PublishedFile, Settings, Status,
    WorkerStatus,
};
pub use error::{Error, ErrorKind, Result};
pub use ledger::session::{Forget, Reread};
pub use ledger::sqlite::{LongLock, OnLongLock};
pub use ledger::totals::{Counts, Failure, FailureOf, Totals};
pub use worker::{Ended, Malformed, Report, RunProgress, Sources, SyncOptions, sync};
