//! Fetches tokens from a source and keeps them: callers wait on shared state, logins run in tasks.

use std::fmt;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, debug};

use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::fetch::auth::credentials::fits_in_a_header;
use crate::fetch::auth::source::TokenSource;
use crate::fetch::auth::state::{Access, Claim, Outcome, Start, State};
use crate::fetch::auth::token::{AccessToken, Token};

/// The token of a source, shared by all who need it.
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    longest_call: Duration,
    shared: Arc<Shared>,
}

/// What tasks and callers share. Tasks hold it weakly: they end with the cache.
struct Shared {
    state: Mutex<State>,
    claim: Claim,
}

impl fmt::Debug for TokenCache {
    /// The source is left out: it is the user's, and may show secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

impl TokenCache {
    /// A call of the source that takes longer than `longest_call` is dropped.
    pub(crate) fn new(source: Arc<dyn TokenSource>, longest_call: Duration, claim: Claim) -> Self {
        let state = Mutex::new(State::new(claim));
        Self {
            source,
            longest_call,
            shared: Arc::new(Shared { state, claim }),
        }
    }

    /// Returns the token in use, or waits for a login.
    ///
    /// Dropping the future leaves the login to the others who wait for it, and ends it if there are none.
    pub(crate) async fn token(&self) -> Result<Arc<Token>, Error> {
        let mut vanished = 0;
        let mut waiting = None;
        loop {
            let now = Instant::now();
            let access = self.shared.state().access(now);
            let (mut outcome, look) = match access {
                Access::Use(token, refresh) => {
                    if let Some(refresh) = refresh {
                        self.start(refresh);
                    }
                    return Ok(token);
                }
                Access::Refuse(error) => return Err(error),
                Access::Wait(outcome, look) => (outcome, look),
                Access::Start(..) if vanished == MOST_VANISHED => return Err(no_runtime()),
                Access::Start(login, outcome) => {
                    self.start(login);
                    (outcome, now + self.shared.claim.look)
                }
            };
            if Handle::try_current().is_err() {
                return Err(no_runtime());
            }
            match wait(&mut outcome, look).await {
                // After a long time unpolled there may be a later login's token.
                Waited::Ended(Err(error)) => {
                    return self.shared.state().valid(Instant::now()).ok_or(error);
                }
                Waited::Ended(Ok(())) | Waited::LookDue => vanished = 0,
                Waited::Vanished => vanished += 1,
            }
            // Dropped only once its login is awaited again: a login that no caller awaits is aborted.
            drop(waiting.replace(outcome));
        }
    }

    /// Whether this token is the one in use and hasn't expired.
    pub(crate) fn is_current(&self, token: &Arc<Token>) -> bool {
        self.shared.state().is_current(token, Instant::now())
    }

    /// Drops a token that the service refused, unless it has been replaced meanwhile; whether a
    /// login may follow now.
    pub(crate) fn reject(&self, token: &Arc<Token>, answer: &ServiceAnswer) -> bool {
        self.shared.state().reject(token, answer, Instant::now())
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> String {
        format!("{:?}", self.shared.state())
    }

    /// Starts a login on the caller's runtime. Not under the lock: a runtime that is shutting down drops
    /// the task right here.
    fn start(&self, login: Start) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let task = LoginTask {
            source: Arc::clone(&self.source),
            longest_call: self.longest_call,
            claim: self.shared.claim,
            shared: Arc::downgrade(&self.shared),
            login,
        };
        let task = task.run();
        runtime.spawn(task.in_current_span().with_current_subscriber());
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often in a row a login may vanish before one that a caller would start is an error: its runtime
/// is shutting down, and drops whatever is started.
const MOST_VANISHED: u32 = 2;

/// How a wait for a login ended.
enum Waited {
    Ended(Result<(), Error>),
    /// Its task was dropped, as happens when a runtime shuts down.
    Vanished,
    /// It is time to look whether it is alive.
    LookDue,
}

async fn wait(outcome: &mut watch::Receiver<Outcome>, look: Instant) -> Waited {
    match timeout_at(look, outcome.wait_for(Option::is_some)).await {
        Ok(Ok(ended)) => ended.clone().map_or(Waited::Vanished, Waited::Ended),
        Ok(Err(_)) => Waited::Vanished,
        Err(_) => Waited::LookDue,
    }
}

/// A login's task.
struct LoginTask {
    source: Arc<dyn TokenSource>,
    longest_call: Duration,
    claim: Claim,
    shared: Weak<Shared>,
    login: Start,
}

impl LoginTask {
    /// Calls the source and hands over what it returns.
    ///
    /// The login vanishes with `self`, which is dropped after the call: a caller that sees it gone can make
    /// the next call.
    async fn run(self) {
        let Some(result) = self.call().await else {
            return;
        };
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let now = Instant::now();
        match result.and_then(checked) {
            Ok(access) => {
                let needless = shared.state().succeeded(&self.login, access, now);
                for outcome in [Some(self.login.outcome), needless].into_iter().flatten() {
                    outcome.send_replace(Some(Ok(())));
                }
            }
            Err(error) => {
                debug!(kind = ?error.kind(), "no token");
                if shared.state().failed(&self.login, &error, now) {
                    self.login.outcome.send_replace(Some(Err(error)));
                }
            }
        }
    }

    /// Calls the source and renews the claim meanwhile; `None` once no caller waits.
    async fn call(&self) -> Option<Result<AccessToken, Error>> {
        let token = async { self.source.token(self.login.refused.as_ref()).await };
        let mut token = pin!(AssertUnwindSafe(token).catch_unwind());
        let mut abandoned = pin!(self.login.outcome.closed());
        let mut too_long = pin!(sleep(self.longest_call));
        let mut renewal = interval(self.claim.renew);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll_fn(|cx| {
            if let Poll::Ready(result) = token.as_mut().poll(cx) {
                return Poll::Ready(Some(result.unwrap_or_else(|_panic| {
                    // The panic's message may hold a secret.
                    Err(Error::new(ErrorKind::Login, "the token source panicked"))
                })));
            }
            if abandoned.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            if too_long.as_mut().poll(cx).is_ready() {
                let message = "the token source didn't answer in time";
                return Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, message))));
            }
            while renewal.poll_tick(cx).is_ready() {}
            if let Some(shared) = self.shared.upgrade() {
                shared.state().renew(self.login.generation, Instant::now());
            }
            Poll::Pending
        })
        .await
    }
}

/// A token that can't be sent is a refusal.
fn checked(access: AccessToken) -> Result<AccessToken, Error> {
    if fits_in_a_header(access.expose_secret()) {
        return Ok(access);
    }
    let message = "the access token received is empty or has a character that can't be sent";
    Err(Error::new(ErrorKind::Login, message))
}

fn no_runtime() -> Error {
    let message = "can't log in outside a tokio runtime or while it shuts down";
    Error::new(ErrorKind::Runtime, message)
}
