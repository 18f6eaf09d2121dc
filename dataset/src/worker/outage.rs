//! Outages: an error that isn't a session's own pauses all, until one request succeeds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use journey_events::{Client, Error, ErrorKind};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::progress::Counters;

/// An outage that lasts longer ends the run.
const LONGEST: Duration = Duration::from_mins(30);
/// Between two looks of the probe at a session, once it succeeded: longer than it runs.
const NEVER: Duration = Duration::from_hours(24);
/// Requested where no session has been read yet: that the service doesn't have it is an answer.
const NO_SESSION: &str = "00000000-0000-0000-0000-000000000000";

/// Whether the service can be used, for all sessions of a run.
#[derive(Debug)]
pub(super) struct Outage {
    client: Client,
    counters: Arc<Counters>,
    state: watch::Sender<State>,
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

/// The run can't continue, for this reason.
#[derive(Clone, Debug)]
pub(super) struct GaveUp(pub(super) Error);

impl Outage {
    pub(super) fn new(client: Client, counters: Arc<Counters>) -> Self {
        Self {
            client,
            counters,
            state: watch::Sender::new(State::Usable),
            readable: Mutex::default(),
        }
    }

    /// Whether an error isn't the session's own.
    pub(super) fn is_one(error: &Error) -> bool {
        error.concerns_client() || error.is_transient()
    }

    /// Whether an error is the session's own after all: it met one again, although another session could
    /// be read meanwhile. A refused connection and a quota that is used up never are.
    pub(super) fn is_sessions_own(error: &Error) -> bool {
        error.is_transient() && !matches!(error.kind(), ErrorKind::Connect | ErrorKind::RateLimited)
    }

    /// Waits while there is an outage.
    pub(super) async fn usable(&self) -> Result<(), GaveUp> {
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

    /// Notes that a session was read.
    pub(super) fn succeeded(&self, session: &str) {
        let mut readable = self.readable.lock().unwrap_or_else(PoisonError::into_inner);
        if readable.is_none() {
            *readable = Some(session.to_owned());
        }
    }

    /// A request met an outage: probes, or waits for the one that does.
    pub(super) async fn met(&self, error: Error) -> Result<(), GaveUp> {
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
        self.usable().await
    }

    /// Makes one request at growing intervals until the service answers it.
    ///
    /// A walk that follows does so: it outlasts any outage, and ends for what no wait cures. First it waits
    /// for as long as the service named, which is longer than a request alone waits.
    async fn probe(&self, met: Error) -> State {
        let named = met.retry_after().unwrap_or_default();
        if named > LONGEST {
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
        match timeout(LONGEST, answer).await {
            Err(_) => State::Over(met),
            Ok(Some(Err(error))) if Self::is_one(&error) => State::Over(error),
            // The service answered, if only about this session.
            Ok(_) => State::Usable,
        }
    }
}
