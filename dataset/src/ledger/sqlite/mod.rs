//! A ledger in one SQLite file.
//!
//! ```text
//! ledger ──► connection ──► failure    transactions, locks held too long; errors
//!   │
//!   ├──► workers, sources, claims, commit      sessions and who reads them
//!   ├──► files, forget                         parts, frames, files
//!   └──► totals
//!          │
//!          └──► digests, values             ids and dates as SQLite stores them
//! ```

mod claims;
mod commit;
mod connection;
mod digests;
mod failure;
mod files;
mod forget;
pub(crate) mod ledger;
mod sources;
mod totals;
mod values;
mod workers;
