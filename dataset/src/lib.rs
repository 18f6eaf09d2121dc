//! A dataset of Genesys Cloud journey events that never loses or doubles one.

mod clock;
mod dataset;
mod error;
mod fault;
#[allow(dead_code, reason = "forgetting follows")]
mod ledger;
mod random;

pub use dataset::{
    CommitOutcome, Compression, Dataset, EventRow, Format, Given, LedgerOptions, PartitionBy,
    PublishedFile, Run, SessionBatch, Settings, Status, WorkerStatus,
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
