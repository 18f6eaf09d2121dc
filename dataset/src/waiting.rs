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
const REPORT: Duration = Duration::from_secs(5);
/// How much of the first attempt counts: a longer one may have been a slow transfer.
const FIRST_ATTEMPT: Duration = Duration::from_secs(10);
/// How long an attempt may take that was under way when waiting was given up.
const LAST: Duration = Duration::from_millis(800);

/// What holds up a dataset for over 5 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delay {
    /// Another process holds the lock of the ledger's file; this one has waited for so long.
    WaitingForLock(Duration),
    /// This process held the lock of the ledger's file for so long.
    HeldLock(Duration),
    /// The ledger's database can't be reached; this process has tried to for so long.
    DatabaseUnavailable(Duration),
    /// The dataset's store can't be reached or keeps failing; this process has tried for so long.
    StoreUnavailable(Duration),
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DISK: &str = "if it persists, move it to a faster disk";
        const WAIT: &str = "wait until it can be, and all continues, or stop this run";
        let (what, time, next) = match self {
            Self::WaitingForLock(time) => (
                "waiting for another process's lock of the ledger",
                time,
                DISK,
            ),
            Self::HeldLock(time) => ("the ledger was locked here", time, DISK),
            Self::DatabaseUnavailable(time) => {
                ("the ledger's database can't be reached", time, WAIT)
            }
            Self::StoreUnavailable(time) => ("the dataset's store can't be used", time, WAIT),
        };
        write!(f, "{what} for {} s; next: {next}", time.as_secs())
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
    pub(crate) delay: fn(Duration) -> Delay,
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
        Absence {
            waiting: self,
            service,
            since: Instant::now(),
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
    /// Waits before the next attempt. Returns whether there is to be one.
    pub(crate) async fn wait(&mut self) -> bool {
        let is_first = self.delay.is_zero();
        if is_first && self.since.elapsed() > FIRST_ATTEMPT {
            self.since = Instant::now() - FIRST_ATTEMPT;
        }
        let elapsed = self.since.elapsed();
        let patience = *self.waiting.patience.borrow();
        let is_over = match patience {
            Patience::Brief => elapsed >= self.service.brief,
            Patience::Endless => false,
            Patience::GivenUp => true,
        };
        if is_over {
            return false;
        }
        if elapsed >= REPORT * self.reports {
            self.reports += 1;
            let delay = (self.service.delay)(elapsed);
            tracing::warn!(?delay, "waiting for a service");
            if elapsed >= REPORT {
                (self.waiting.on_delay)(delay);
            }
        }
        // One connection alone may have been cut: the first repetition is at once.
        let delay = self.delay;
        self.delay = (delay * 2).clamp(FIRST_DELAY, LONGEST_DELAY);
        timeout(delay, self.waiting.given_up()).await.is_err()
    }
}
