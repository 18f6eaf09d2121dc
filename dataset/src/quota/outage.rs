//! What callers of a quota in PostgreSQL can show.

use std::time::Duration;

/// The quota's database can't be used: no request is sent until it can.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaOutage {
    /// For how long.
    pub lasts: Duration,
    /// What was last reported. It names the database, and contains no password.
    pub cause: String,
}
