//! Transactions on a server that may restart, fail over, or be out of reach for a while.

use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::{Instant, sleep};

use super::attempt::{Access, attempt};
use super::holder::holder;
use super::server::Server;
use super::troubles::Troubles;
use super::tx::{Fault, Link, Step, Tx};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::PostgresUrl;
use crate::postgres::blocking::Blocking;
use crate::postgres::connect::{Connection as Connected, Durability, STATEMENT, connect_with};
use crate::postgres::failure::{Failed, Failure};
use crate::postgres::identity::ServerIdentity;
use crate::postgres::init::check_version;
use crate::waiting::{REPORT, Waiting};

/// How long an answer is waited for: longer than the server works on one.
const ANSWER: Duration = STATEMENT.saturating_add(Duration::from_secs(15));
/// The same of a sign of life: so short that another connection can be tried several times within a lease.
const ANSWER_TO_SIGN: Duration = Duration::from_secs(15);

/// The connections to a dataset's ledger. As few as possible: a server has few, and machines are many.
pub(super) struct Connection {
    url: PostgresUrl,
    dataset: i32,
    /// For all operations but one.
    work: Lane,
    /// For signs of life, which wait neither for the worker's own transactions nor for a check of another server.
    /// Opened by the first one.
    signs: Lane,
    pub(super) server: Server,
    waiting: Waiting,
    /// Dropped last: it drives the links.
    blocking: Blocking,
}

/// One of the connections, and what goes over it.
struct Lane {
    /// Whether nothing may be done on another server before it was checked.
    is_checked: bool,
    slot: Mutex<Slot>,
}

struct Slot {
    /// How long an answer is waited for.
    longest: Duration,
    /// Empty while a transaction uses it.
    link: Option<Link>,
    /// The server that was last connected to.
    server: Option<ServerIdentity>,
}

impl Lane {
    fn new(is_checked: bool, longest: Duration) -> Self {
        Self {
            is_checked,
            slot: Mutex::new(Slot {
                longest,
                link: None,
                server: None,
            }),
        }
    }
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
            work: Lane::new(true, ANSWER),
            signs: Lane::new(false, ANSWER_TO_SIGN),
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
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "steps are written where they are passed"
)]
impl Connection {
    /// Runs steps that only read, in one transaction.
    pub(super) fn read<T>(&self, steps: impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        self.run(&self.work, Access::Read, &steps)
    }

    /// Runs steps that write, in one transaction, until it is known to be committed. They may run several times:
    /// see [`Tx::may_be_committed`].
    pub(super) fn write<T>(&self, steps: impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        self.run(&self.work, Access::Write, &steps)
    }

    /// The same for a sign of life, whatever else is under way.
    pub(super) fn sign<T>(&self, steps: impl AsyncFn(&Tx<'_>) -> Step<T>) -> Result<T> {
        self.run(&self.signs, Access::Write, &steps)
    }
}

impl Connection {
    fn run<T>(
        &self,
        lane: &Lane,
        access: Access,
        steps: &impl AsyncFn(&Tx<'_>) -> Step<T>,
    ) -> Result<T> {
        let mut troubles = Troubles::start(&self.waiting);
        let was_given_up = self.waiting.is_given_up();
        loop {
            if lane.is_checked {
                self.server.check(|| self.check_last_commit())?;
            }
            let mut slot = lane.slot.lock().unwrap_or_else(PoisonError::into_inner);
            // Another one has found out while this one waited.
            if lane.is_checked && self.server.is_unchecked() {
                continue;
            }
            // Taken out: whatever ends this attempt early leaves no transaction for the next one.
            let link = match slot.link.take() {
                Some(link) if !link.is_closed() => link,
                // One that has waited since before must not add its attempt to those of others.
                _ if !was_given_up && self.waiting.is_given_up() => {
                    return Err(troubles.gave_up(&self.url));
                }
                _ => match self.connect(&mut troubles, &mut slot) {
                    Ok(link) => {
                        if lane.is_checked && self.server.is_unchecked() {
                            // The check uses this connection too.
                            slot.link = Some(link);
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
            let began = Instant::now();
            let attempt = self.within_patience(&mut troubles, attempt(&link, access, &tx, steps));
            match attempt {
                None => return Err(troubles.gave_up(&self.url)),
                Some(Ok(value)) => {
                    slot.link = Some(link);
                    return Ok(value);
                }
                Some(Err(attempt)) => {
                    troubles.may_be_committed |= attempt.is_in_doubt;
                    if matches!(attempt.fault, Fault::Silence) {
                        troubles.silent_since(began);
                    }
                    let is_usable = self.roll_back(&mut troubles, &link, &attempt.fault);
                    let failed = self.explain(&mut troubles, &link, attempt.fault);
                    slot.link = is_usable.then_some(link);
                    drop(slot);
                    self.wait(&mut troubles, failed?)?;
                }
            }
        }
    }

    fn connect(&self, troubles: &mut Troubles<'_>, slot: &mut Slot) -> Result<Link, Failed> {
        let url = self.url.clone();
        let connecting = self.blocking.spawn(async move {
            connect_with(&url, Durability::Durable, async |connected| {
                check_version(&url, &connected).await?;
                prepare(&url, &connected).await?;
                Ok(connected)
            })
            .await
        });
        let connected = self.within_patience(troubles, connecting).flatten();
        let connected = connected.ok_or_else(|| Failed::timed_out("connect to", &self.url))??;
        troubles.connected();
        (self.server).connected(&mut slot.server, &connected.server);
        Ok(Link::new(connected, slot.longest))
    }

    /// Waits for a future, and reports that. `None` once waiting was given up meanwhile.
    fn within_patience<T>(
        &self,
        troubles: &mut Troubles<'_>,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let _context = self.blocking.enter();
        let (began, future, lapsed) = (Instant::now(), pin!(future), pin!(self.waiting.lapsed()));
        let reporting = pin!(async {
            loop {
                sleep(REPORT).await;
                troubles.report(began);
            }
        });
        match Blocking::wait(select(select(future, lapsed), reporting)) {
            Either::Left((Either::Left((value, _)), _)) => Some(value),
            Either::Left((Either::Right(_), _)) => None,
            Either::Right((never, _)) => never,
        }
    }

    /// Rolls back a transaction that failed. Returns whether the connection can be used again.
    fn roll_back(&self, troubles: &mut Troubles<'_>, link: &Link, fault: &Fault) -> bool {
        !matches!(fault, Fault::Silence)
            && matches!(
                self.within_patience(troubles, link.batch("ROLLBACK")),
                Some(Ok(()))
            )
    }

    /// Returns why a transaction failed that was rolled back, unless that is an error of ours.
    fn explain(&self, troubles: &mut Troubles<'_>, link: &Link, fault: Fault) -> Result<Failed> {
        let error = match fault {
            Fault::Ours(error) => return Err(error),
            Fault::Silence => return Ok(Failed::timed_out("use the ledger in", &self.url)),
            Fault::Postgres(error) => error,
        };
        let failed = Failed::of("use the ledger in", &self.url, &error);
        if failed.failure == Failure::Locked
            && let Some(Ok(Some(holder))) = self.within_patience(troubles, holder(link))
        {
            return Ok(failed.with_detail(&holder));
        }
        Ok(failed)
    }

    /// Waits before the next attempt, if there is to be one.
    fn wait(&self, troubles: &mut Troubles<'_>, failed: Failed) -> Result<()> {
        let _context = self.blocking.enter();
        Blocking::wait(troubles.failed(failed, &self.url))
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

/// Sets what a ledger's session needs beyond other ones.
async fn prepare(url: &PostgresUrl, connected: &Connected) -> Result<(), Failed> {
    // Plans follow the sizes of tables and arrays: a plan made for an empty table would be kept as it fills.
    // Compiling takes longer than any of these statements should.
    let sql = "SET plan_cache_mode = force_custom_plan; SET jit = off";
    let set = connected.client.batch_execute(sql).await;
    set.map_err(|error| Failed::of("use the ledger in", url, &error))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::postgres::init;
    use crate::postgres::test_server::{Database, Proxy};

    fn database() -> Option<Database> {
        let database = Database::create()?;
        init(database.url()).unwrap();
        Some(database)
    }

    fn open(url: &PostgresUrl) -> Connection {
        Connection::open(url, &Waiting::new(Arc::new(|_| ()))).unwrap()
    }

    fn insert(connection: &Connection) -> Result<u64> {
        let sql = "INSERT INTO datasets (id, digest_key) VALUES ('d', '') ON CONFLICT DO NOTHING";
        connection.write(async |tx| tx.execute(sql, &[]).await)
    }

    /// In place of over a minute.
    const SOON: Duration = Duration::from_millis(300);

    #[test]
    fn a_server_that_is_silent_within_a_transaction_is_connected_to_again() {
        let Some(database) = database() else { return };
        let proxy = Proxy::start(database.url());
        let connection = open(proxy.url());
        connection.work.slot.lock().unwrap().longest = SOON;
        let _endless = connection.waiting.endless();
        insert(&connection).unwrap();
        proxy.silence();
        assert_eq!(insert(&connection).unwrap(), 0);
    }

    #[test]
    fn a_commit_that_is_not_answered_may_be_committed() {
        let Some(database) = database() else { return };
        let proxy = Proxy::start(database.url());
        let connection = open(proxy.url());
        connection.work.slot.lock().unwrap().longest = SOON;
        let _endless = connection.waiting.endless();
        let attempts = Cell::new(0);
        let sql = "INSERT INTO datasets (id, digest_key) VALUES ('d', '') ON CONFLICT DO NOTHING";
        let repeated = connection.write(async |tx| {
            attempts.set(attempts.get() + 1);
            let inserted = tx.execute(sql, &[]).await?;
            if attempts.get() == 1 {
                proxy.silence();
            }
            Ok((inserted, tx.may_be_committed))
        });
        assert_eq!((repeated.unwrap(), attempts.get()), ((0, true), 2));
    }

    #[test]
    fn a_server_that_stays_silent_is_an_error_that_says_so() {
        let Some(database) = database() else { return };
        let proxy = Proxy::start(database.url());
        let connection = open(proxy.url());
        connection.work.slot.lock().unwrap().longest = SOON;
        insert(&connection).unwrap();
        proxy.silence();
        let error = insert(&connection).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable);
        assert!(error.to_string().contains("doesn't answer"), "{error}");
    }

    #[test]
    fn a_lock_that_is_held_for_long_is_waited_for_and_its_holder_named() {
        let Some(database) = database() else { return };
        let (holder, waiter) = (open(database.url()), open(database.url()));
        insert(&holder).unwrap();
        let lock = "SELECT 1 FROM datasets FOR UPDATE";
        let attempts = Cell::new(0);
        let waiting = async |tx: &Tx<'_>| {
            attempts.set(attempts.get() + 1);
            // In place of 20 s.
            tx.execute("SET LOCAL lock_timeout = 50", &[]).await?;
            tx.execute(lock, &[]).await
        };
        let error = holder.write(async |tx| {
            tx.execute(lock, &[]).await?;
            Ok(waiter.write(waiting).unwrap_err())
        });
        let error = error.unwrap();
        assert!(attempts.get() > 1);
        assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable);
        let text = error.to_string();
        for part in [
            "lock timeout",
            "process",
            "(journey-events, role postgres)",
            "pg_locks",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(waiter.write(waiting).unwrap(), 1);
    }

    #[test]
    fn a_server_without_free_connections_is_said_to_be_so() {
        let Some(database) = database() else { return };
        let url = database.url_of_plain_role();
        let text = url.to_string();
        let role = text.split_once("//").unwrap().1.split_once('@').unwrap().0;
        database.execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 0"));
        let connection = open(&url);
        let error = insert(&connection).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable);
        for part in [
            "too many connections for role",
            "limit of connections",
            "run fewer workers",
        ] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
}
