//! The ledgers that tests run on.
//!
//! All tests on PostgreSQL share a database: each has datasets of its own in it.

use std::cell::Cell;
use std::path::Path;
use std::sync::OnceLock;

use crate::dataset::{LedgerLocation, LedgerOptions};
use crate::postgres::PostgresUrl;
use crate::postgres::blocking::Blocking;
use crate::postgres::test_server::test_url;

/// Makes of each function two tests, one on each ledger.
macro_rules! on_each_ledger {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name() })*
        }
        mod postgres {
            $(#[test] fn $name() { crate::dataset::tests::ledgers::on_postgres(super::$name) })*
        }
    };
}
pub(super) use on_each_ledger;

thread_local! {
    static ON_POSTGRES: Cell<bool> = const { Cell::new(false) };
}

/// Runs a test whose datasets have their ledgers in PostgreSQL, if there is a server.
pub(in crate::dataset) fn on_postgres(test: impl FnOnce()) {
    if url().is_none() {
        return;
    }
    ON_POSTGRES.set(true);
    test();
    // A test's thread may run another one.
    ON_POSTGRES.set(false);
}

/// The database, with its tables.
pub(in crate::dataset) fn url() -> Option<PostgresUrl> {
    static INIT: OnceLock<()> = OnceLock::new();
    let url = test_url()?;
    INIT.get_or_init(|| crate::postgres::init(&url).unwrap());
    Some(url)
}

/// Whether the ledger of a dataset is, or is to be, in PostgreSQL.
pub(super) fn is_postgres(root: &Path) -> bool {
    let state = root.join("_journey-events");
    if state.join("dataset.json").exists() {
        !state.join("ledger.db").exists()
    } else {
        ON_POSTGRES.get()
    }
}

/// The ledger of a dataset, whichever thread opens it.
pub(super) fn ledger(root: &Path) -> LedgerOptions {
    let mut options = LedgerOptions::default();
    if is_postgres(root)
        && let Some(url) = url()
    {
        options.location = LedgerLocation::Postgres(url);
    }
    options
}

/// Runs statements in the database.
pub(in crate::dataset) fn postgres_sql(sql: &str) {
    let url = url().unwrap().to_string();
    let sql = format!("SET search_path = journey_events; {sql}");
    let run = async move {
        let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&sql).await.unwrap();
    };
    Blocking::new().unwrap().run(run).unwrap();
}

/// A transaction that holds locks until it is dropped.
pub(super) struct Holder {
    client: tokio_postgres::Client,
    process: i32,
    blocking: Blocking,
}

impl Holder {
    pub(super) fn hold(sql: &str) -> Self {
        let url = url().unwrap().to_string();
        let sql = format!("SET search_path = journey_events; BEGIN; {sql}");
        let blocking = Blocking::new().unwrap();
        let client = blocking.run(async move {
            let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
            let (client, connection) = connected.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap();
            let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
            (client, row.unwrap().get(0))
        });
        let (client, process) = client.unwrap();
        Self {
            client,
            process,
            blocking,
        }
    }

    /// How many other transactions wait for it, or for one that does.
    pub(super) fn waiters(&self) -> i64 {
        let sql = "WITH RECURSIVE waiting AS (
                     SELECT $1::integer AS pid
                     UNION SELECT waiter.pid FROM pg_stat_activity AS waiter, waiting
                     WHERE waiting.pid = ANY (pg_blocking_pids(waiter.pid)))
                   SELECT count(*) - 1 FROM waiting";
        let _context = self.blocking.enter();
        let waiters = Blocking::wait(self.client.query_one(sql, &[&self.process]));
        waiters.unwrap().get(0)
    }
}

/// Lets time pass for a ledger that recognizes a killed process by its lease alone.
pub(super) fn end_leases(root: &Path) {
    if is_postgres(root) {
        let run = super::open(root).begin_run().unwrap();
        let ledger = &run.store.ledger;
        let live = ledger.live_workers().unwrap();
        ledger.declare_dead(run.worker(), &live).unwrap();
        run.end().unwrap();
    }
}
