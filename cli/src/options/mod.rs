//! Options that several commands share, and what they resolve to.
//!
//! ```text
//! connection ─┬─► profile         --region, --profile, …   ──► Client
//!             └─► quota           --quota, --share-quota   ──► whose requests count
//! sources ─────► session_id       SESSION_ID, --contact, … ──► sessions
//! dataset                         DATASET, --format, …     ──► dataset
//! filter                          --since, --until         ──► events to keep
//! destination                     --output                 ──► file or folder
//! ```

pub(crate) mod connection;
pub(crate) mod dataset;
pub(crate) mod destination;
pub(crate) mod filter;
mod profile;
pub(crate) mod quota;
pub(crate) mod session_id;
pub(crate) mod sources;
