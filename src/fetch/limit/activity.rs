//! What a client is doing right now, for people who watch it.

use std::time::Duration;

/// What a client is doing right now, from [`Client::activity`](crate::Client::activity).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// How many requests the quota's window has left; `None` without a quota.
    pub permits_left: Option<u32>,
    /// What requests are waiting for, if they are.
    pub waiting: Option<Waiting>,
}

/// What requests are waiting for, and how much longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// The quota's window is used up.
    Quota(Duration),
    /// The service answered 429 with a wait.
    RetryAfter(Duration),
    /// An attempt failed and is retried after a wait.
    #[non_exhaustive]
    Retry {
        /// The response's status; `None` if there was no response.
        status: Option<u16>,
        /// The number of the next attempt.
        attempt: u32,
        /// How many attempts are allowed.
        of: u32,
        /// How much longer.
        left: Duration,
    },
}
