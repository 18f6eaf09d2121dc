//! A dataset of Genesys Cloud journey events that never loses or doubles one.
//!
//! A [`Dataset`] is a folder of Parquet, NDJSON or CSV files, and a ledger (SQLite or PostgreSQL) of what was read. [`sync()`] adds
//! what is new in its sessions and contacts: any number of processes may call it at the same time, be killed at any
//! moment and start again. The command-line tool's `sync`, `status` and `forget` are these calls; `docs/sync.md`
//! describes the folder, the protocol and what to do about each error. The crate also has the file formats
//! ([`format`](mod@format)) and the quota that processes share, of one machine or of many ([`quota`]).
//!
//! ```no_run
//! use std::num::NonZeroU32;
//! use std::path::Path;
//!
//! use journey_events::{Client, Region};
//! use journey_events_dataset::format::Format;
//! use journey_events_dataset::quota::SharedQuota;
//! use journey_events_dataset::{
//!     Dataset, Ended, ErrorKind, LedgerOptions, RunProgress, Settings, Sources, SyncOptions, sync,
//! };
//!
//! # async fn run(id: String, secret: String) -> Result<(), Box<dyn std::error::Error>> {
//! let builder = Client::builder()
//!     .region(Region::EuCentral1)
//!     .client_credentials(id, secret);
//! let name = builder.quota_name().ok_or("no credentials")?;
//! let per_minute = NonZeroU32::new(300).ok_or("no quota")?;
//! let client = builder.quota(SharedQuota::open(&name, per_minute)?).build()?;
//!
//! let (path, ledger) = (Path::new("journeys"), LedgerOptions::default());
//! let settings = Settings::new(Format::Parquet, client.base_url());
//! let dataset = match Dataset::create(path, settings, &ledger) {
//!     Err(error) if error.kind() == ErrorKind::DatasetExists => Dataset::open(path, &ledger)?,
//!     created => created?,
//! };
//!
//! let mut sources = Sources::default();
//! sources.contacts.push("7d7d55b9-5b0f-4d5b-a2c9-8c1b0f1d4e11".to_owned());
//! let stop = std::future::pending(); // such as `tokio::signal::ctrl_c`
//! let (progress, _) = tokio::sync::watch::channel(RunProgress::default());
//! let report = sync(&dataset, &client, &sources, SyncOptions::default(), stop, &progress).await?;
//! match report.ended {
//!     Ended::Complete => println!("{} new events in {} files", report.events, report.files.len()),
//!     _ => println!("{:?}", report.status),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Guarantees
//!
//! - **Every event once.** Events and the position after them are recorded in one transaction. A read from the
//!   beginning adds only events whose id isn't recorded.
//! - **Never half a file.** `DATASET/**/*.parquet` (or `.ndjson.zst`, …) never shows an event twice or part of a file.
//! - **Durable.** What is committed survives a kill and a power cut, as far as the disk keeps what it has synced.
//! - **Nothing silent.** A run is [`Complete`](Ended::Complete) only if every session that was due was read to its
//!   present end and everything is published. Missing and changed files are reported.
//! - **Private.** Files are for their owner only (0600, folders 0700). Errors contain ids, but nothing of an event.
//!
//! With a ledger in SQLite, one machine at a time may work on a dataset; with one in PostgreSQL, any number.
//!
//! # PostgreSQL
//!
//! A [`LedgerLocation::Postgres`] is a database that any number of workers reach. [`postgres::init`] makes its tables.
//! A worker that is killed or stopped is recognized by the server's clock, a minute after its last sign of life. One
//! that can't reach the database waits until it can, and loses nothing: what it had sent is recorded once, whether or
//! not the reply was lost. A failover must not lose commits (synchronous replication): where one has, runs end
//! with an error.
//!
//! # Buckets
//!
//! A [`Location`] may be `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`, with credentials and
//! endpoint from the environment (`AWS_*`, `GOOGLE_*`, `AZURE_*`). The ledger is then elsewhere: a
//! [`LedgerLocation::File`] or a [`LedgerLocation::Postgres`]. Every object is put in one request, under the condition
//! that its key is free or still has the version that was read; a store without such conditions is refused. No
//! object is renamed or copied, and there are no multipart uploads, so none is left incomplete. There are no locks:
//! a killed worker is recognized when its lease ends, after 30 s, or a minute with a ledger in PostgreSQL. While a
//! store is unavailable, runs wait; other calls fail after about 20 s.
//!
//! # Features
//!
//! | feature | what it adds | default |
//! | --- | --- | --- |
//! | `parquet` | [`Format::Parquet`](format::Format::Parquet); without it, [`Layout::check`](format::Layout::check), whatever reads or writes such a file, and opening a dataset of them fail | yes |
//! | `sync` | everything but [`format`](mod@format) | yes |
//! | `postgres` | ledgers and quotas in PostgreSQL; without it, no text is a [`PostgresUrl`](postgres::PostgresUrl) | no |
//! | `cloud` | buckets; without it, a dataset in one can't be opened | no |
//!
//! What is missing is an error that names the feature: of the kind [`MissingFeature`](ErrorKind::MissingFeature), or in
//! [`format`](mod@format) a [`LayoutError`](format::LayoutError) or an [`Unsupported`](std::io::ErrorKind::Unsupported).
//!
//! # Blocking
//!
//! The methods of [`Dataset`] block; [`sync()`] calls them on threads of their own. It needs a tokio runtime with
//! timers.
//!
//! # Platforms
//!
//! Tested on Linux. What differs elsewhere:
//!
//! | | Linux | macOS | Windows |
//! | --- | --- | --- | --- |
//! | a killed process is recognized | at once, by its file lock | the same | the same |
//! | a stopped process is recognized | after 30 s | after 30 s | unreliably: there is no clock that processes share |
//! | folders are synced | yes | yes | no |
//! | file modes | 0600, 0700 | 0600, 0700 | inherited |
//! | without hard links | a rename that replaces nothing | the same | an error |
//! | the shared quota | yes | yes | an error: count in the process instead |
//!
//! # Layers
//!
//! Top to bottom. Each imports only the ones below it:
//!
//! ```text
//! worker/    a run: claims, reads, commits, publishes
//! dataset/   the folder: parts, files, who works on it
//! ledger/    what is known of sessions, workers, parts and files
//! quota/     one quota for all programs of a machine, or of many
//! format/    NDJSON, CSV and Parquet
//! postgres/  a connection to PostgreSQL
//! waiting    how long to wait for a database or a store
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "cloud", feature = "postgres")),
    allow(
        dead_code,
        unused_imports,
        reason = "some of what the layers offer, and of their tests, is for buckets and PostgreSQL alone"
    )
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

#[cfg(feature = "sync")]
mod clock;
mod database_url;
#[cfg(feature = "sync")]
mod dataset;
#[cfg(feature = "sync")]
mod error;
#[cfg(feature = "sync")]
mod fault;
#[cfg(feature = "sync")]
mod file_system;
pub mod format;
#[cfg(feature = "sync")]
mod ledger;
#[cfg(feature = "sync")]
mod machine;
mod missing_feature;
#[cfg(feature = "sync")]
mod owner_only;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(all(feature = "sync", not(feature = "postgres")))]
#[path = "no_postgres.rs"]
pub mod postgres;
#[cfg(feature = "sync")]
pub mod quota;
#[cfg(feature = "sync")]
mod random;
#[cfg(test)]
#[cfg(any(feature = "cloud", feature = "postgres"))]
mod test_servers;
#[cfg(feature = "sync")]
mod waiting;
#[cfg(feature = "sync")]
mod worker;

pub use database_url::is_database_url;
#[cfg(feature = "sync")]
pub use dataset::{
    Dataset, Forgotten, Given, LedgerLocation, LedgerOptions, Location, PartitionBy, PublishedFile,
    Settings, Status, WorkerStatus,
};
#[cfg(feature = "sync")]
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "sync")]
pub use ledger::session::{Forget, Reread};
#[cfg(feature = "sync")]
pub use ledger::totals::{Counts, Failure, FailureOf, Totals};
pub use missing_feature::missing_feature;
#[cfg(feature = "sync")]
pub use waiting::{Delay, OnDelay};
#[cfg(feature = "sync")]
pub use worker::{Ended, Failed, Malformed, Report, RunProgress, Sources, SyncOptions, sync};

/// Compiles the code of the page on quotas.
#[cfg(all(doctest, feature = "sync"))]
#[doc = include_str!("../../docs/quota.md")]
struct Quotas;
