//! What a client is doing right now, for people who watch it.

use std::time::Duration;

/// What a client is doing right now, from [`Client::activity`](crate::Client::activity).
///
/// A [`Quota`](crate::Quota) starts from the default and sets what it knows:
///
/// ```
/// use std::time::Duration;
/// use journey_events::{Activity, Waiting};
///
/// let mut activity = Activity::default();
/// activity.permits_left = Some(0);
/// activity.waiting = Some(Waiting::Quota(Duration::from_secs(12)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// How many requests the quota's window has left; `None` without a quota.
    pub permits_left: Option<u32>,
    /// What requests are waiting for, if they are.
    pub waiting: Option<Waiting>,
}

impl Activity {
    /// Whether the service asked for a pause that hasn't ended.
    pub(crate) fn is_paused(&self) -> bool {
        matches!(self.waiting, Some(Waiting::RetryAfter(_)))
    }
}

/// What requests are waiting for, and how much longer.
///
/// ```
/// use journey_events::{Client, Waiting};
///
/// fn print_wait(client: &Client) {
///     match client.activity().waiting {
///         Some(Waiting::Quota(left)) => println!("waiting {left:?} for the quota"),
///         Some(Waiting::RetryAfter(left)) => println!("waiting {left:?}, as the service asked"),
///         Some(Waiting::Retry { attempt, of, left, .. }) => println!("attempt {attempt} of {of} in {left:?}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// The quota's window is used up. If every request in it is still unanswered, this is the time if
    /// one of them were answered now.
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
