//! Connects, and prepares the session.

use std::future::Future;
use std::time::Duration;

use futures::future::join4;
use tokio::task::AbortHandle;
use tokio_postgres::{Client, NoTls, Socket};

use crate::error::{Error, ErrorKind};
use crate::postgres::environment::Environment;
use crate::postgres::failure::{Failed, Failure, PRIMARY};
use crate::postgres::identity::{History, Role, ServerIdentity};
use crate::postgres::target::Target;
use crate::postgres::tls::Tls;
use crate::postgres::url::PostgresUrl;

/// The oldest version, as the server numbers it.
const OLDEST: u32 = 130_000;

/// Whether a commit that was answered survives a crash of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It does, on the server's disk and on its synchronous standbys.
    Durable,
    /// The last ones before the crash don't.
    Fast,
}

/// A connection to a server that can be written to. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) server: ServerIdentity,
    _driver: Driver,
}

/// The task that reads and writes the socket. By itself, it would wait for the answers to all that was sent.
#[derive(Debug)]
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects. It must be called within a tokio runtime, which then drives the connection.
///
/// # Errors
///
/// Those of [`Failure`]: it is unreachable also after 10 s, and for a standby, since it may become the primary.
pub(crate) async fn connect(
    url: &PostgresUrl,
    durability: Durability,
) -> Result<Connection, Failed> {
    connect_with(url, durability, async |connection| Ok(connection)).await
}

/// The same, and readies the connection for its user, within the same time.
pub(crate) async fn connect_with<T>(
    url: &PostgresUrl,
    durability: Durability,
    ready: impl AsyncFnOnce(Connection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let target = Environment::of_process(|environment| Target::of(url, environment))?;
    let connected = tokio::time::timeout(target.connect_timeout, async {
        let (client, driver) = log_in(url, &target).await?;
        let server = prepare(url, &client, durability).await?;
        ready(Connection {
            client,
            server,
            _driver: driver,
        })
        .await
    });
    connected
        .await
        .unwrap_or_else(|_| Err(Failed::timed_out("connect to", url)))
}

async fn log_in(url: &PostgresUrl, target: &Target) -> Result<(Client, Driver), Failed> {
    let failed = |error| Failed::of("connect to", url, &error);
    match &target.tls {
        Tls::None => {
            let (client, connection) = target.config.connect(NoTls).await.map_err(failed)?;
            Ok((client, drive(connection)))
        }
        Tls::Verified(roots) => {
            let connector = roots.connector()?;
            let connected = target.config.connect(connector).await;
            let (client, connection) = connected.map_err(failed)?;
            Ok((client, drive(connection)))
        }
    }
}

fn drive<T>(connection: tokio_postgres::Connection<Socket, T>) -> Driver
where
    tokio_postgres::Connection<Socket, T>:
        Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever uses it has an error of its own.
            tracing::debug!("a connection to PostgreSQL ended: {error}");
        }
    });
    Driver(task.abort_handle())
}

/// Sets what a session needs, and identifies the server, in one round trip.
async fn prepare(
    url: &PostgresUrl,
    client: &Client,
    durability: Durability,
) -> Result<ServerIdentity, Failed> {
    let failed = |error| Failed::of("use", url, &error);
    let settings = format!("{}{}", settings(durability), ServerIdentity::QUERY);
    let network = network();
    // Apart, since a server may refuse each of the others.
    let (reply, history, _, _) = join4(
        client.simple_query(&settings),
        client.simple_query(History::QUERY),
        client.batch_execute(&network),
        client.batch_execute(CHECK_CLIENT),
    )
    .await;
    let history = History::read(history).map_err(failed)?;
    let (server, number, role) = ServerIdentity::read(&reply.map_err(failed)?, history);
    if number < OLDEST {
        let message = format!(
            "{url} is PostgreSQL {}; next: use PostgreSQL 13 or later",
            server.version
        );
        return Err(Error::new(ErrorKind::Database, message).into());
    }
    if role == Role::Standby {
        let message = format!("{url} is a standby: it can't be written to");
        return Err(Failed::new(Failure::Unreachable, message, PRIMARY));
    }
    Ok(server)
}

/// A lock is waited for a little longer than a transaction may be idle, so that a client that was stopped
/// within one fails by itself, and not those who wait for it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(15);
const LOCK: Duration = Duration::from_secs(20);
pub(crate) const STATEMENT: Duration = Duration::from_secs(60);

fn settings(durability: Durability) -> String {
    let synchronous_commit = match durability {
        Durability::Durable => "on",
        Durability::Fast => "off",
    };
    // Roles and databases may have other defaults; locks are relied on as they are at this isolation.
    format!(
        "SET synchronous_commit = {synchronous_commit};
         SET idle_in_transaction_session_timeout = {};
         SET lock_timeout = {};
         SET statement_timeout = {};
         SET default_transaction_isolation = 'read committed';
         SET client_min_messages = warning;
         SET TimeZone = 'UTC';
         SET search_path = journey_events;",
        IDLE_IN_TRANSACTION.as_millis(),
        LOCK.as_millis(),
        STATEMENT.as_millis(),
    )
}

/// How long the server waits for a client that takes nothing from its connection, such as a process that is
/// stopped while the server writes to it: until then, its transaction holds its locks.
const TAKES_NOTHING: Duration = Duration::from_secs(15);
/// Lets the server notice, within a statement, that its client has gone: since PostgreSQL 14, and not on Windows.
const CHECK_CLIENT: &str = "SELECT set_config(name, '5000', false) FROM pg_settings
                            WHERE name = 'client_connection_check_interval'";

/// Lets the server notice clients that are stopped or cut off, as they notice it.
fn network() -> String {
    format!(
        "SET tcp_user_timeout = {};
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;",
        TAKES_NOTHING.as_millis()
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::postgres::test_server::{Database, test_url};

    async fn failed(url: &str) -> (Failure, Error) {
        let connected = connect(&url.parse().unwrap(), Durability::Durable).await;
        let failed = connected.err().unwrap();
        (failed.failure, failed.into_error())
    }

    #[tokio::test]
    async fn a_session_has_its_settings_whatever_the_roles_are() {
        let Some(url) = test_url() else { return };
        let connection = connect(&url, Durability::Durable).await.unwrap();
        for (name, value) in [
            ("synchronous_commit", "on"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("lock_timeout", "20s"),
            ("statement_timeout", "1min"),
            ("TimeZone", "UTC"),
            ("search_path", "journey_events"),
            ("application_name", "journey-events"),
            ("tcp_user_timeout", "15000"),
            ("tcp_keepalives_idle", "10"),
            ("client_connection_check_interval", "5s"),
        ] {
            let row = connection
                .client
                .query_one(&format!("SHOW {name}"), &[])
                .await
                .unwrap();
            assert_eq!(row.get::<_, &str>(0), value, "{name}");
        }
        let fast = connect(&url, Durability::Fast).await.unwrap();
        let row = fast
            .client
            .query_one("SHOW synchronous_commit", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "off");
    }

    #[tokio::test]
    async fn two_connections_find_the_same_server() {
        let Some(url) = test_url() else { return };
        let one = connect(&url, Durability::Durable).await.unwrap().server;
        let other = connect(&url, Durability::Fast).await.unwrap().server;
        assert_eq!(one, other);
        assert!(!one.may_have_taken_over(&other));
        let history = one.history.unwrap();
        assert_eq!(history.timeline.len(), 8, "{history:?}");
        assert!(history.system.len() > 10 && one.started > 0, "{history:?}");
    }

    #[tokio::test]
    async fn a_server_that_does_not_name_its_timeline_can_be_used() {
        for function in ["pg_control_system()", "pg_current_wal_lsn()"] {
            let Some(database) = Database::create() else {
                return;
            };
            let url = database.url_of_plain_role();
            let full = connect(&url, Durability::Durable).await.unwrap().server;
            assert!(full.history.is_some());
            database.execute(&format!(
                "REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC"
            ));
            let server = connect(&url, Durability::Durable).await.unwrap().server;
            assert_eq!(
                (server.history, server.started),
                (None, full.started),
                "{function}"
            );
        }
    }

    #[tokio::test]
    async fn a_connection_ends_with_its_drop_though_an_answer_is_missing() {
        let Some(database) = Database::create() else {
            return;
        };
        let connection = connect(database.url(), Durability::Durable).await.unwrap();
        let sleeping = connection.client.batch_execute("SELECT pg_sleep(600)");
        assert!(timeout(Duration::from_millis(50), sleeping).await.is_err());
        drop(connection);
        // The server notices within 5 s.
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()";
        timeout(Duration::from_secs(20), async {
            while database.number(others) > 0 {
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn nobody_who_listens_is_an_unreachable_database() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (failure, error) = failed(&format!("postgres://me@127.0.0.1:{port}/d")).await;
        assert_eq!(failure, Failure::Unreachable);
        assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable);
        let text = error.to_string();
        assert!(
            text.contains(&format!("postgres://me@127.0.0.1:{port}/d")),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (failure, error) = failed(&format!(
            "postgres://me@127.0.0.1:{port}/d?connect_timeout=1"
        ))
        .await;
        assert_eq!(failure, Failure::Unreachable);
        assert!(error.to_string().contains("doesn't answer"), "{}", error);
    }

    #[tokio::test]
    async fn a_missing_database_or_role_is_said_so() {
        let Some(url) = test_url() else { return };
        let base = url.to_string();
        let (server, _) = base.rsplit_once('/').unwrap();
        let (failure, error) = failed(&format!("{server}/no_such_database")).await;
        assert_eq!(failure, Failure::Schema);
        assert!(error.to_string().contains("no_such_database"), "{}", error);
        assert!(error.to_string().contains("ledger init"), "{}", error);
    }

    #[tokio::test]
    async fn a_server_without_tls_is_refused_where_tls_is_wanted() {
        let Some(url) = test_url() else { return };
        let (failure, error) = failed(&format!("{url}?sslmode=require")).await;
        assert_eq!(failure, Failure::Refused, "{error}");
    }
}
