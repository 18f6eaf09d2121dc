//! How long operations wait for a database or a store that is unavailable, and who hears of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long to wait before the second repetition, doubled for each one after it.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// After how long, and how often, a service that is unavailable is reported.
pub(crate) const REPORT: Duration = Duration::from_secs(5);
/// How long an attempt may take that was under way when waiting was given up.
const LAST: Duration = Duration::from_millis(800);

/// What holds up a dataset for over 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delay {
    /// Another process holds the lock of the ledger's file; this one has waited for so long.
    WaitingForLock(Duration),
    /// This process held the lock of the ledger's file for so long.
    HeldLock(Duration),
    /// The ledger's database can't be reached, doesn't answer, or can't do now what it was asked to.
    #[non_exhaustive]
    DatabaseUnavailable {
        /// For how long this process has tried.
        waited: Duration,
        /// What is the matter. It names the database, and contains no password.
        cause: String,
        /// What an operator can do about it.
        next: String,
    },
    /// The dataset's store can't be reached or keeps failing; this process has tried for so long.
    StoreUnavailable(Duration),
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CONTINUE: &str = "and all continues, or stop this run";
        let (what, time) = match self {
            Self::WaitingForLock(time) => {
                ("waiting for another process's lock of the ledger", time)
            }
            Self::HeldLock(time) => ("the ledger was locked here", time),
            Self::DatabaseUnavailable {
                waited,
                cause,
                next,
            } => {
                return write!(
                    f,
                    "waiting for the ledger's database for {} s: {cause}; next: {next}, {CONTINUE}",
                    waited.as_secs()
                );
            }
            Self::StoreUnavailable(time) => {
                return write!(
                    f,
                    "the dataset's store can't be used for {} s; next: wait until it can be, {CONTINUE}",
                    time.as_secs()
                );
            }
        };
        write!(
            f,
            "{what} for {} s; next: if it persists, move it to a faster disk",
            time.as_secs()
        )
    }
}

/// What is called with each [`Delay`].
pub type OnDelay = Arc<dyn Fn(Delay) + Send + Sync>;

/// How long operations wait for a service that is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// For some seconds: of a command that someone waits for.
    Brief,
    /// Until it is available: of a run.
    Endless,
    /// Not any longer: of a run that is stopped.
    GivenUp,
}

/// The patience of all operations of a dataset, with its ledger and its store.
#[derive(Clone)]
pub(crate) struct Waiting {
    patience: watch::Sender<Patience>,
    on_delay: OnDelay,
}

/// A service that may be unavailable.
#[derive(Debug)]
pub(crate) struct Service {
    /// How long a command waits for it that someone waits for.
    pub(crate) brief: Duration,
    /// How long an attempt may take that begins after waiting was given up.
    pub(crate) last: Duration,
}

impl Waiting {
    pub(crate) fn new(on_delay: OnDelay) -> Self {
        Self {
            patience: watch::Sender::new(Patience::Brief),
            on_delay,
        }
    }

    pub(crate) fn on_delay(&self) -> OnDelay {
        Arc::clone(&self.on_delay)
    }

    /// Lets operations wait until a service is available: a run begins.
    pub(crate) fn be_endless(&self) {
        self.patience.send_replace(Patience::Endless);
    }

    /// Lets them wait for some seconds, unless waiting was given up: the run has ended.
    pub(crate) fn be_brief(&self) {
        self.patience.send_if_modified(|patience| {
            let is_endless = *patience == Patience::Endless;
            if is_endless {
                *patience = Patience::Brief;
            }
            is_endless
        });
    }

    /// Ends all waiting, until the next run begins: this one is to be stopped.
    pub(crate) fn give_up(&self) {
        self.patience.send_replace(Patience::GivenUp);
    }

    pub(crate) fn is_given_up(&self) -> bool {
        *self.patience.borrow() == Patience::GivenUp
    }

    /// Returns an operation's view of a service that may be unavailable.
    pub(crate) fn absence(&self, service: &'static Service) -> Absence<'_> {
        self.absence_since(service, Instant::now())
    }

    /// The same of one that has been unavailable since a moment.
    pub(crate) fn absence_since(&self, service: &'static Service, since: Instant) -> Absence<'_> {
        Absence {
            waiting: self,
            service,
            since,
            delay: Duration::ZERO,
            reports: 0,
        }
    }

    /// Waits until waiting is given up, if it isn't yet.
    async fn given_up(&self) {
        let mut patience = self.patience.subscribe();
        // Fails once the sender is dropped, which outlives this call.
        let _ = patience.wait_for(|now| *now == Patience::GivenUp).await;
    }

    /// Waits until an attempt that begins now is to be given up.
    pub(crate) async fn lapsed(&self, service: &Service) {
        let last = if self.is_given_up() {
            service.last
        } else {
            LAST
        };
        self.given_up().await;
        sleep(last).await;
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waiting")
            .field(&*self.patience.borrow())
            .finish()
    }
}

/// The time for which a service has been unavailable to an operation.
#[derive(Debug)]
pub(crate) struct Absence<'w> {
    waiting: &'w Waiting,
    service: &'static Service,
    since: Instant,
    delay: Duration,
    reports: u32,
}

impl Absence<'_> {
    /// Reports it, if it is time to.
    pub(crate) fn report(&mut self, delay: impl FnOnce(Duration) -> Delay) {
        let waited = self.since.elapsed();
        if waited >= REPORT * (self.reports + 1) {
            self.reports += 1;
            let delay = delay(waited);
            tracing::warn!("{delay}");
            (self.waiting.on_delay)(delay);
        }
    }

    /// Waits before the next attempt. Returns whether there is to be one.
    pub(crate) async fn wait(&mut self, delay: impl FnOnce(Duration) -> Delay) -> bool {
        let patience = *self.waiting.patience.borrow();
        let is_over = match patience {
            Patience::Brief => self.since.elapsed() >= self.service.brief,
            Patience::Endless => false,
            Patience::GivenUp => true,
        };
        if is_over {
            return false;
        }
        self.report(delay);
        // One connection alone may have been cut: the first repetition is at once.
        let delay = self.delay;
        self.delay = (delay * 2).clamp(FIRST_DELAY, LONGEST_DELAY);
        timeout(delay, self.waiting.given_up()).await.is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_says_for_how_long_why_and_what_to_do() {
        let waited = Duration::from_millis(7_900);
        let database = Delay::DatabaseUnavailable {
            waited,
            cause: "its disk is full".to_owned(),
            next: "free disk space".to_owned(),
        };
        assert_eq!(
            database.to_string(),
            "waiting for the ledger's database for 7 s: its disk is full; next: free disk space, and all continues, \
             or stop this run"
        );
        assert_eq!(
            Delay::StoreUnavailable(waited).to_string(),
            "the dataset's store can't be used for 7 s; next: wait until it can be, and all continues, or stop this \
             run"
        );
    }
}
