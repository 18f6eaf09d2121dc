//! What a client has done.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Totals of a client since it was built, over all its clones and streams.
///
/// Each figure is read separately, so a snapshot taken during a request may count it in one figure and
/// not yet in another.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::TryStreamExt;
///
/// client.session_events(&session).stream().try_collect::<Vec<_>>().await?;
/// let stats = client.stats();
/// println!("{} events in {} requests, {:?} waited", stats.events, stats.requests, stats.waited);
/// # assert_eq!(stats.events, 450);
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// HTTP requests sent: attempts at pages, sessions and conversations, and logins.
    pub requests: u64,
    /// Attempts at pages, sessions and conversations, including retries. Each used one permit of the quota.
    pub attempts: u64,
    /// Complete pages of events or sessions received.
    pub pages: u64,
    /// Events on those pages.
    pub events: u64,
    /// Bytes of those pages, after decompression.
    pub bytes: u64,
    /// Time spent waiting for permits, summed over all requests.
    pub waited: Duration,
}

/// The running totals behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    attempts: AtomicU64,
    pages: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    waited_nanos: AtomicU64,
}

impl Counters {
    pub(crate) fn token_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn attempt(&self, waited: Duration) {
        self.requests.fetch_add(1, Relaxed);
        self.attempts.fetch_add(1, Relaxed);
        let nanos = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.waited_nanos.fetch_add(nanos, Relaxed);
    }

    pub(crate) fn page(&self, events: usize, bytes: usize) {
        self.pages.fetch_add(1, Relaxed);
        self.events.fetch_add(events as u64, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            requests: self.requests.load(Relaxed),
            attempts: self.attempts.load(Relaxed),
            pages: self.pages.load(Relaxed),
            events: self.events.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            waited: Duration::from_nanos(self.waited_nanos.load(Relaxed)),
        }
    }
}
