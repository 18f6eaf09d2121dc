//! A dataset: what is written to its folder or bucket, in which order.
//!
//! ```text
//! dataset (create, open, status, forget) ──► run ──┬──► commit ──► part, partition
//!    │                                             └──► publish ──► part
//!    ├──► status ──► workers (and cancelling them) ──► lease
//!    └──► open_ledger, location
//!                    all of them ──► store (settings, paths, ledger) ──► storage (folder or bucket)
//! ```
//!
//! A row is in a part first, which is durable before the ledger's transaction that records it. Sealing fixes
//! which file it will be in; publishing builds that file and puts it in its place in one step.

mod commit;
#[expect(clippy::module_inception, reason = "the type that the module is about")]
mod dataset;
mod disk;
mod forget;
mod identity;
mod lease;
mod location;
mod open_ledger;
mod part;
mod partition;
mod paths;
mod publish;
mod run;
mod settings;
mod status;
mod storage;
mod store;
mod workers;

pub(crate) use commit::{CommitOutcome, EventRow, SessionBatch};
pub use dataset::Dataset;
pub use forget::Forgotten;
pub(crate) use lease::heartbeat_interval;
pub use location::Location;
pub use partition::PartitionBy;
pub use publish::PublishedFile;
pub(crate) use run::Run;
pub use settings::{Given, Settings};
pub use status::Status;
pub use store::{LedgerLocation, LedgerOptions};
pub use workers::WorkerStatus;

// In folders and in buckets, with both ledgers.
#[cfg(test)]
#[cfg(all(feature = "cloud", feature = "postgres"))]
mod tests;
