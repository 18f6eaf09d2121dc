//! Options that several commands share, and what they resolve to.
//!
//! ```text
//! connection ─┬─► profile         --region, --profile, …     ──► Client
//!             └─► quota           --quota, --share-quota     ──► whose requests count
//! sources ────┬─► id_list         --sessions, --contact, …   ──► sessions
//!             ├─► find            --conversation, …
//!             └─► session_id
//! dataset                         DATASET, --ledger, …       ──► dataset
//! filter                          --since, --event-type, …   ──► events to keep
//! destination                     --output, --format         ──► stdout, file or device
//! roles                           one file in two options    ──► an error
//! time                            times, intervals, durations of all of them
//! ```

pub(crate) mod connection;
#[cfg(feature = "sync")]
pub(crate) mod dataset;
pub(crate) mod destination;
pub(crate) mod filter;
pub(crate) mod find;
pub(crate) mod id_list;
mod profile;
pub(crate) mod quota;
pub(crate) mod roles;
pub(crate) mod session_id;
pub(crate) mod sources;
pub(crate) mod time;
