//! Outages: an error that isn't a session's own pauses all, until one request succeeds.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use journey_events::{Client, Error, ErrorKind};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::progress::Counters;

/// An error counts as the session's own after so many outages in a row, if others advanced meanwhile.
const OWN_AFTER: u32 = 2;
/// After so many in a row it does in any case: one session must not keep a run from ending.
const MOST: u32 = 20;
/// Between two looks of the probe at a session, once it succeeded: longer than it runs.
const NEVER: Duration = Duration::from_secs(24 * 3600);
/// Requested where no session has been read yet: that the service doesn't have it is an answer.
const NO_SESSION: &str = "00000000-0000-0000-0000-000000000000";

/// Whether the service can be used, for all sessions of a run.
#[derive(Debug)]
pub(super) struct Outage {
    client: Client,
    counters: Arc<Counters>,
    /// An outage that lasts longer ends the run.
    longest: Option<Duration>,
    state: watch::Sender<State>,
    /// How many pages of events were received, and probes answered.
    pages: AtomicU64,
    /// A session that was read: what the probe requests.
    readable: Mutex<Option<String>>,
}

#[derive(Clone, Debug)]
enum State {
    Usable,
    /// One session probes; the others wait.
    Probing,
    /// No request of the client can succeed.
    Over(Error),
}

/// The outages that one session met since it last advanced.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    number: u32,
    /// How many pages and answers there had been, of all sessions, when it met the first.
    pages_before: u64,
}

/// The run can't continue, for this reason.
#[derive(Clone, Debug)]
pub(super) struct GaveUp(pub(super) Error);

impl Outage {
    pub(super) fn new(client: Client, counters: Arc<Counters>, longest: Option<Duration>) -> Self {
        Self {
            client,
            counters,
            longest,
            pages: AtomicU64::new(0),
            state: watch::Sender::new(State::Usable),
            readable: Mutex::default(),
        }
    }

    /// Whether an error isn't the session's own, and is to be waited out.
    pub(super) fn concerns_all(&self, error: &Error, troubles: &mut Troubles) -> bool {
        if !is_outage(error) {
            return false;
        }
        let pages = self.pages.load(Relaxed);
        if troubles.number == 0 {
            troubles.pages_before = pages;
        }
        troubles.number += 1;
        let others_advance = pages > troubles.pages_before;
        let may_be_own = !error.concerns_client() && error.kind() != ErrorKind::RateLimited;
        let is_own = may_be_own && others_advance && troubles.number > OWN_AFTER;
        !is_own && troubles.number <= MOST
    }

    /// Waits while there is an outage.
    pub(super) async fn wait_until_usable(&self) -> Result<(), GaveUp> {
        let mut state = self.state.subscribe();
        let settled = state
            .wait_for(|state| !matches!(state, State::Probing))
            .await;
        match settled.as_deref() {
            Ok(State::Over(error)) => Err(GaveUp(error.clone())),
            // The sender lives as long as `self`.
            Ok(State::Usable | State::Probing) | Err(_) => Ok(()),
        }
    }

    /// Notes that a page of a session was received.
    pub(super) fn advanced(&self, session: &str) {
        self.pages.fetch_add(1, Relaxed);
        let mut readable = self.readable.lock().unwrap_or_else(PoisonError::into_inner);
        if readable.is_none() {
            *readable = Some(session.to_owned());
        }
    }

    /// Waits until an outage is over. The first request that met it probes.
    pub(super) async fn wait_out(&self, error: Error) -> Result<(), GaveUp> {
        let is_first = self.state.send_if_modified(|state| {
            let is_first = matches!(state, State::Usable);
            if is_first {
                *state = State::Probing;
            }
            is_first
        });
        if is_first {
            tracing::warn!(kind = ?error.kind(), "outage: all sessions wait");
            self.counters.set_outage(true);
            let state = self.probe(error).await;
            self.counters.set_outage(false);
            self.state.send_replace(state);
        }
        self.wait_until_usable().await
    }

    /// Makes one request at growing intervals until the service answers it.
    ///
    /// A walk that follows does so: it outlasts any outage, and ends for what no wait cures. First it waits
    /// for as long as the service named, which is longer than a request alone waits.
    async fn probe(&self, met: Error) -> State {
        let longest = self.longest.unwrap_or(NEVER);
        let named = met.retry_after().unwrap_or_default();
        if named > longest {
            return State::Over(met);
        }
        let readable = self
            .readable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let session = readable.unwrap_or_else(|| NO_SESSION.to_owned());
        let mut pages = self
            .client
            .session_events(session)
            .limit(1)
            .follow(NEVER)
            .pages();
        let answer = async {
            sleep(named).await;
            pages.next().await
        };
        match timeout(longest, answer).await {
            Err(_) => State::Over(met),
            // The error that was met names a session that the user knows.
            Ok(Some(Err(error))) if error.kind() == met.kind() => State::Over(met),
            Ok(Some(Err(error))) if is_outage(&error) => State::Over(error),
            // The service answered, if only about this session: what met the outage may be at fault.
            Ok(_) => {
                self.pages.fetch_add(1, Relaxed);
                State::Usable
            }
        }
    }
}

fn is_outage(error: &Error) -> bool {
    error.concerns_client() || error.is_transient()
}
