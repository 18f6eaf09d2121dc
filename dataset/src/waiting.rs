//! How long operations wait for a database or a store that is unavailable, and who hears of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long to wait before the second repetition, doubled for each one after it.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// After how long, and how often, a service that is unavailable is reported.
pub(crate) const REPORT: Duration = Duration::from_secs(5);
/// How long an attempt may take that is under way when waiting is given up, or that begins later.
const LAST: Duration = Duration::from_millis(500);

/// What holds up a dataset for over 5 s.
///
/// ```
/// use journey_events_dataset::Delay;
///
/// fn alert(delay: &Delay) {
///     match delay {
///         Delay::DatabaseUnavailable { waited, next, .. } => eprintln!("no database for {waited:?}: {next}"),
///         other => eprintln!("{other}"),
///     }
/// }
/// ```
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
    /// The dataset's store can't be reached, doesn't answer, or keeps failing.
    #[non_exhaustive]
    StoreUnavailable {
        /// For how long this process has tried.
        waited: Duration,
        /// What is the matter. It contains no credentials.
        cause: String,
        /// What an operator can do about it.
        next: String,
    },
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = "if it persists, move it to a faster disk";
        let (what, time, cause, next) = match self {
            Self::WaitingForLock(time) => (
                "waiting for another process's lock of the ledger",
                time,
                "",
                lock,
            ),
            Self::HeldLock(time) => ("the ledger was locked here", time, "", lock),
            Self::DatabaseUnavailable {
                waited,
                cause,
                next,
            } => (
                "waiting for the ledger's database",
                waited,
                &**cause,
                &**next,
            ),
            Self::StoreUnavailable {
                waited,
                cause,
                next,
            } => ("waiting for the dataset's store", waited, &**cause, &**next),
        };
        write!(f, "{what} for {} s", time.as_secs())?;
        if cause.is_empty() {
            write!(f, "; next: {next}")
        } else {
            write!(
                f,
                ": {cause}; next: {next}, and all continues, or stop this run"
            )
        }
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

/// What decides on patience.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// How many runs are under way, and how many of them have given up.
    runs: u32,
    given_up: u32,
}

impl State {
    fn patience(self) -> Patience {
        match self {
            Self { given_up: 1.., .. } => Patience::GivenUp,
            Self { runs: 0, .. } => Patience::Brief,
            Self { .. } => Patience::Endless,
        }
    }
}

/// The patience of all operations of a dataset, with its ledger and its store.
#[derive(Clone)]
pub(crate) struct Waiting {
    state: watch::Sender<State>,
    /// When the wait for a service was last reported, by whichever operation.
    reported: Arc<Mutex<HashMap<&'static str, Instant>>>,
    on_delay: OnDelay,
}

/// A service that may be unavailable.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// How long a command waits for it that someone waits for.
    pub(crate) brief: Duration,
}

/// While it lives, operations wait until a service is available: a run is under way.
#[derive(Debug)]
#[must_use = "they wait so while it lives"]
pub(crate) struct Endless(Waiting);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.runs -= 1);
    }
}

/// While it lives, nothing is waited for: a run is to be stopped.
#[derive(Debug)]
#[must_use = "waiting is given up while it lives"]
pub(crate) struct GivenUp(Waiting);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.given_up -= 1);
    }
}

impl Waiting {
    pub(crate) fn new(on_delay: OnDelay) -> Self {
        Self {
            state: watch::Sender::default(),
            reported: Arc::default(),
            on_delay,
        }
    }

    pub(crate) fn on_delay(&self) -> OnDelay {
        Arc::clone(&self.on_delay)
    }

    /// Lets operations wait until a service is available.
    pub(crate) fn endless(&self) -> Endless {
        self.state.send_modify(|state| state.runs += 1);
        Endless(self.clone())
    }

    /// Ends all waiting.
    pub(crate) fn give_up(&self) -> GivenUp {
        self.state.send_modify(|state| state.given_up += 1);
        GivenUp(self.clone())
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.state.borrow().patience() == Patience::GivenUp
    }

    /// Returns an operation's view of a service that may be unavailable.
    pub(crate) fn absence(&self, service: &'static Service) -> Absence<'_> {
        Absence {
            waiting: self,
            service,
            since: None,
            delay: Duration::ZERO,
        }
    }

    /// Waits until waiting is given up, if it isn't yet.
    async fn given_up(&self) {
        let mut state = self.state.subscribe();
        // Fails once the sender is dropped, which outlives this call.
        let _ = state.wait_for(|state| state.given_up > 0).await;
    }

    /// Waits until an attempt that begins now is to be given up.
    pub(crate) async fn lapsed(&self) {
        self.given_up().await;
        sleep(LAST).await;
    }

    /// Whether it is time to report a service again. Then it is as good as reported.
    fn is_report_due(&self, service: &Service) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let last = reported.get(service.name);
        let is_due = last.is_none_or(|last| last.elapsed() >= REPORT);
        if is_due {
            reported.insert(service.name, Instant::now());
        }
        is_due
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waiting")
            .field(&self.state.borrow().patience())
            .finish()
    }
}

/// The time for which a service has been unavailable to an operation.
#[derive(Debug)]
pub(crate) struct Absence<'w> {
    waiting: &'w Waiting,
    service: &'static Service,
    since: Option<Instant>,
    delay: Duration,
}

impl Absence<'_> {
    /// Notes since when the service has been unavailable, unless that is known. Otherwise, it is since the first
    /// [`wait`](Self::wait).
    pub(crate) fn began(&mut self, at: Instant) {
        self.since.get_or_insert(at);
    }

    /// Reports that it is waited for, if it is time to. `attempt` is when the attempt began that is under way.
    pub(crate) fn report(&self, attempt: Instant, delay: impl FnOnce(Duration) -> Delay) {
        let waited = self.since.unwrap_or(attempt).elapsed();
        if waited >= REPORT && self.waiting.is_report_due(self.service) {
            let delay = delay(waited);
            tracing::warn!("{delay}");
            (self.waiting.on_delay)(delay);
        }
    }

    /// Waits before the next attempt. Returns whether there is to be one.
    pub(crate) async fn wait(&mut self, delay: impl FnOnce(Duration) -> Delay) -> bool {
        let since = *self.since.get_or_insert_with(Instant::now);
        let patience = self.waiting.state.borrow().patience();
        let is_over = match patience {
            Patience::Brief => since.elapsed() >= self.service.brief,
            Patience::Endless => false,
            Patience::GivenUp => true,
        };
        if is_over {
            return false;
        }
        self.report(since, delay);
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
            Delay::HeldLock(waited).to_string(),
            "the ledger was locked here for 7 s; next: if it persists, move it to a faster disk"
        );
    }

    const SERVICE: Service = Service {
        name: "service",
        brief: Duration::from_secs(10),
    };

    fn delay(waited: Duration) -> Delay {
        Delay::HeldLock(waited)
    }

    #[tokio::test(start_paused = true)]
    async fn one_outage_is_reported_once_however_many_wait() {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let waiting = Waiting::new(Arc::new(move |delay| seen.lock().unwrap().push(delay)));
        let _endless = waiting.endless();
        let wait = || async {
            let (mut absence, began) = (waiting.absence(&SERVICE), Instant::now());
            while began.elapsed() < Duration::from_secs(60) {
                assert!(absence.wait(delay).await);
            }
        };
        tokio::join!(wait(), wait(), wait());
        let reports = reports.lock().unwrap();
        assert!((6..=12).contains(&reports.len()), "{reports:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_is_endless_while_any_run_is_under_way() {
        let waiting = Waiting::new(Arc::new(|_| ()));
        let (one, other) = (waiting.endless(), waiting.endless());
        let lasts = || async {
            let (mut absence, began) = (waiting.absence(&SERVICE), Instant::now());
            while began.elapsed() < Duration::from_secs(60) && absence.wait(delay).await {}
            began.elapsed() >= Duration::from_secs(60)
        };
        drop(one);
        assert!(lasts().await);
        let given_up = [waiting.give_up(), waiting.give_up()];
        for given_up in given_up {
            assert!(!lasts().await && waiting.is_given_up());
            drop(given_up);
        }
        assert!(lasts().await && !waiting.is_given_up());
        drop(other);
        assert!(!lasts().await);
    }
}
