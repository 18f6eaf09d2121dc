//! Transactions on a server that may restart, fail over, or be out of reach for a while.

use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::sleep;

use super::attempt::{Access, FailedAttempt, attempt};
use super::server::{Change, Server};
use super::tx::{Fault, Link, Step, Tx};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::PostgresUrl;
use crate::postgres::blocking::Blocking;
use crate::postgres::connect::{Connection as Connected, Durability, connect};
use crate::postgres::failure::{Failed, Failure};
use crate::postgres::init::check_version;
use crate::waiting::{Absence, Delay, Service, Waiting};

/// How often a transaction is repeated at once after a conflict with another one.
const CONFLICTS: u32 = 20;
/// How long connecting may take once waiting was given up.
const LAST_CONNECT: Duration = Duration::from_millis(800);
/// The server, when it can't be reached.
const SERVER: Service = Service {
    brief: Duration::from_secs(10),
    // It may well answer.
    last: Duration::from_secs(5),
    delay: Delay::DatabaseUnavailable,
};

/// The connection to a dataset's ledger. One for all operations: a server has few, and machines are many.
pub(super) struct Connection {
    url: PostgresUrl,
    dataset: i32,
    link: Mutex<Option<Link>>,
    pub(super) server: Server,
    waiting: Waiting,
    /// Dropped last: it drives the link.
    blocking: Blocking,
}

/// What an operation has met so far.
struct Troubles<'c> {
    absence: Absence<'c>,
    may_be_committed: bool,
    conflicts: u32,
}

impl Connection {
    /// Connects for a dataset that isn't known yet.
    pub(super) fn open(url: &PostgresUrl, waiting: &Waiting) -> Result<Self> {
        let blocking = Blocking::new().map_err(|error| {
            Error::new(ErrorKind::Database, "can't start a thread for PostgreSQL")
                .with_source(error)
        })?;
        Ok(Self {
            url: url.clone(),
            dataset: 0,
            link: Mutex::default(),
            server: Server::default(),
            waiting: waiting.clone(),
            blocking,
        })
    }

    pub(super) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    /// Names the dataset whose rows all operations concern.
    pub(super) fn set_dataset(&mut self, key: i32) {
        self.dataset = key;
    }

    /// Refuses a server that lacks the last commit: it lacks those of other workers too, whatever it has.
    fn check_last_commit(&self) -> Result<()> {
        let Some((worker, number)) = self.server.last_acknowledged() else {
            return Ok(());
        };
        let found = self.read(async |tx| {
            let sql = "SELECT 1 FROM commits WHERE worker = $1 AND number = $2";
            Ok(tx.first(sql, &[&worker, &number]).await?.is_some())
        })?;
        if found {
            return Ok(());
        }
        let message = format!("commit {number} of worker {worker} is missing");
        Err(Error::new(ErrorKind::Damaged, message))
    }

    /// Runs steps that only read, in one transaction.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "steps are written where they are passed"
    )]
    pub(super) fn read<T>(&self, steps: impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        self.run(Access::Read, &steps)
    }

    /// Runs steps that write, in one transaction, until it is known to be committed. They may run several times:
    /// see [`Tx::may_be_committed`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "steps are written where they are passed"
    )]
    pub(super) fn write<T>(&self, steps: impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        self.run(Access::Write, &steps)
    }

    fn run<T>(&self, access: Access, steps: &impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        let mut troubles = Troubles {
            absence: self.waiting.absence(&SERVER),
            may_be_committed: false,
            conflicts: 0,
        };
        let was_given_up = self.waiting.is_given_up();
        loop {
            self.server.check(|| self.check_last_commit())?;
            let mut slot = self.slot();
            // Another one has found out while this one waited.
            if self.server.is_unchecked() {
                continue;
            }
            // Taken out: whatever ends this attempt early leaves no transaction for the next one.
            let link = match slot.take() {
                Some(link) if !link.client.is_closed() => link,
                // One that has waited since before must not add its attempt to those of others.
                _ if !was_given_up && self.waiting.is_given_up() => {
                    return Err(self.unavailable(None));
                }
                _ => match self.connect() {
                    Ok((link, change)) => {
                        if change == Change::Another {
                            // The check uses this ledger too.
                            *slot = Some(link);
                            continue;
                        }
                        link
                    }
                    Err(failed) => {
                        drop(slot);
                        self.wait(&mut troubles, failed)?;
                        continue;
                    }
                },
            };
            let tx = Tx::new(&link, self.dataset, troubles.may_be_committed);
            let attempt = self.within_patience(attempt(&link, access, &tx, steps));
            let Some(attempt) = attempt else {
                return Err(self.unavailable(None));
            };
            match attempt {
                Ok(value) => {
                    *slot = Some(link);
                    return Ok(value);
                }
                Err(attempt) => {
                    let rolled_back = self.within_patience(link.client.batch_execute("ROLLBACK"));
                    if matches!(rolled_back, Some(Ok(()))) {
                        *slot = Some(link);
                    }
                    drop(slot);
                    self.failed(&mut troubles, attempt)?;
                }
            }
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> Result<(Link, Change), Failed> {
        let url = self.url.clone();
        let connecting = self.blocking.spawn(async move {
            let connected = connect(&url, Durability::Durable).await?;
            check_version(&url, &connected).await?;
            prepare(&url, &connected).await?;
            Ok::<Connected, Failed>(connected)
        });
        let connected = if self.waiting.is_given_up() {
            let limit = pin!(sleep_on(&self.blocking, LAST_CONNECT));
            match Blocking::wait(select(connecting, limit)) {
                Either::Left((connected, _)) => connected,
                Either::Right(_) => return Err(Failed::timed_out("connect to", &self.url)),
            }
        } else {
            self.within_patience(connecting)
                .ok_or_else(|| Failed::timed_out("connect to", &self.url))?
        };
        let connected: Connected =
            connected.ok_or_else(|| Failed::timed_out("connect to", &self.url))??;
        let change = self.server.connected(&connected.server);
        Ok((Link::new(connected.client), change))
    }

    /// Waits for a future; `None` once waiting was given up meanwhile.
    fn within_patience<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let _context = self.blocking.enter();
        let lapsed = pin!(self.waiting.lapsed(&SERVER));
        match Blocking::wait(select(pin!(future), lapsed)) {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }

    /// Decides whether to repeat a transaction that failed.
    fn failed(&self, troubles: &mut Troubles<'_>, attempt: FailedAttempt) -> Result<()> {
        let error = match attempt.fault {
            Fault::Ours(error) => return Err(error),
            Fault::Postgres(error) => error,
        };
        troubles.may_be_committed |= attempt.is_in_doubt;
        let failed = Failed::of("use the ledger in", &self.url, &error);
        match failed.failure {
            Failure::Conflict if troubles.conflicts < CONFLICTS => {
                troubles.conflicts += 1;
                Ok(())
            }
            Failure::Unreachable => self.wait(troubles, failed),
            _ => Err(failed.error),
        }
    }

    /// Waits before the next attempt to reach the server, unless that was long enough.
    fn wait(&self, troubles: &mut Troubles<'_>, failed: Failed) -> Result<()> {
        if failed.failure != Failure::Unreachable {
            return Err(failed.error);
        }
        let _context = self.blocking.enter();
        if Blocking::wait(troubles.absence.wait()) {
            return Ok(());
        }
        Err(self.unavailable(Some(failed.error)))
    }

    fn unavailable(&self, cause: Option<Error>) -> Error {
        let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
        let message = format!(
            "the ledger's database {} can't be reached{cause}; next: run it again once it can be: what was \
             committed is kept",
            self.url
        );
        Error::new(ErrorKind::DatabaseUnavailable, message)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.url)
            .field("dataset", &self.dataset)
            .finish_non_exhaustive()
    }
}

/// Sleeps on the runtime, whoever waits.
async fn sleep_on(blocking: &Blocking, time: Duration) {
    let _ = blocking.spawn(async move { sleep(time).await }).await;
}

/// Sets what a ledger's session needs beyond other ones.
async fn prepare(url: &PostgresUrl, connected: &Connected) -> Result<(), Failed> {
    // Plans follow the sizes of tables and arrays: a plan made for an empty table would be kept as it fills.
    // Compiling takes longer than any of these statements should.
    let sql = "SET plan_cache_mode = force_custom_plan; SET jit = off";
    let set = connected.client.batch_execute(sql).await;
    set.map_err(|error| Failed::of("use the ledger in", url, &error))
}
