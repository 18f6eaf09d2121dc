//! What a client has done so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Totals of a client since it was built, over all its clones and streams.
///
/// A snapshot taken while requests are under way may be one event ahead in one figure and behind in
/// another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// HTTP requests put on the wire: attempts at pages and requests for a token.
    pub requests: u64,
    /// Attempts at a page, the repeated ones included; as many permits were taken from the quota.
    pub attempts: u64,
    /// Pages received in full.
    pub pages: u64,
    /// Events on those pages.
    pub events: u64,
    /// Bytes of the pages' bodies, after decompression.
    pub bytes: u64,
    /// Time spent waiting for a permit of the rate limit, added up over all tasks.
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
