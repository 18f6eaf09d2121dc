//! A run: sessions are claimed, read, committed and published until nothing is left to do.
//!
//! ```text
//!                    contact ─► (ledger: sessions)
//! sync ─► work ─► pool ─┤
//!                    session ─► committer ─► (part, ledger)        publisher ─► files
//!                       │
//!                    outage: pauses all of them and probes
//! ```
//!
//! `work` is one worker of the ledger, `pool` runs a bounded number of contacts and sessions at a time. A
//! session hands what it received to the committer, one for all, which writes a part a second. Whatever
//! blocks runs on threads of its own (`blocking`).

mod activity;
mod blocking;
mod committer;
mod contact;
mod options;
mod outage;
mod pool;
mod progress;
mod publisher;
mod report;
mod service_time;
mod session;
mod sync;
mod work;

pub use options::{Malformed, Sources, SyncOptions};
pub use progress::RunProgress;
pub use report::{Ended, Failed, Report};
pub use sync::sync;
