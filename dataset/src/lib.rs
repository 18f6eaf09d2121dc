//! A dataset of Genesys Cloud journey events that never loses or doubles one.
//!
//! Layers, top to bottom. Each imports only the ones below it:
//!
//! ```text
//! dataset/   the folder: parts, files, who works on it
//! ledger/    what is known of sessions, workers, parts and files
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
mod random;

pub use dataset::{
    CommitOutcome, Dataset, EventRow, Forgotten, Given, LedgerOptions, PartitionBy, PublishedFile,
    Run, SessionBatch, Settings, Status, WorkerStatus,
};
pub use error::{Error, ErrorKind, Result};
pub use ledger::digest::Digest;
pub use ledger::file::SealScope;
pub use ledger::ids::{ContactKey, Epoch, FileId, RunStamp, SessionKey, WorkerId};
pub use ledger::session::{
    Added, Claim, ContactClaim, ContactEnd, Forget, Listed, Progress, Reread,
};
pub use ledger::sqlite::{LongLock, OnLongLock};
pub use ledger::totals::{Counts, Failure, FailureOf, Totals};
