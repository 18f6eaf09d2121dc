//! Connects, and prepares the session.

use std::future::Future;
use std::time::Duration;

use tokio_postgres::{Client, NoTls, SimpleQueryMessage, Socket};

use crate::error::{Error, ErrorKind};
use crate::postgres::environment::Environment;
use crate::postgres::failure::Failed;
use crate::postgres::identity::{Role, ServerIdentity};
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
}

/// Connects. It must be called within a tokio runtime, which then drives the connection.
///
/// # Errors
///
/// Those of [`Failure`](crate::postgres::failure::Failure): it is unreachable also after 10 s, and for a standby, since it may become the primary.
pub(crate) async fn connect(
    url: &PostgresUrl,
    durability: Durability,
) -> Result<Connection, Failed> {
    let target = Environment::of_process(|environment| Target::of(url, environment))?;
    let timeout = target.connect_timeout;
    let connected = tokio::time::timeout(timeout, async {
        let client = log_in(url, &target).await?;
        let server = prepare(url, &client, durability).await?;
        Ok(Connection { client, server })
    });
    connected
        .await
        .unwrap_or_else(|_| Err(Failed::timed_out("connect to", url)))
}

async fn log_in(url: &PostgresUrl, target: &Target) -> Result<Client, Failed> {
    let failed = |error| Failed::of("connect to", url, &error);
    match &target.tls {
        Tls::None => {
            let (client, connection) = target.config.connect(NoTls).await.map_err(failed)?;
            drive(connection);
            Ok(client)
        }
        Tls::Verified(roots) => {
            let connector = roots.connector()?;
            let connected = target.config.connect(connector).await;
            let (client, connection) = connected.map_err(failed)?;
            drive(connection);
            Ok(client)
        }
    }
}

fn drive<T>(connection: tokio_postgres::Connection<Socket, T>)
where
    tokio_postgres::Connection<Socket, T>:
        Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever uses it has an error of its own.
            tracing::debug!("a connection to PostgreSQL ended: {error}");
        }
    });
}

/// Sets what a session needs, and identifies the server, in one round trip.
async fn prepare(
    url: &PostgresUrl,
    client: &Client,
    durability: Durability,
) -> Result<ServerIdentity, Failed> {
    let settings = settings(durability);
    let text = format!("{settings}{}", ServerIdentity::QUERY);
    let reply = client.simple_query(&text).await;
    let reply = reply.map_err(|error| Failed::of("use", url, &error))?;
    let row = reply.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let (server, number, role) =
        ServerIdentity::read(|column| row.and_then(|row| row.try_get(column).ok().flatten()));
    if number < OLDEST {
        let message = format!(
            "{url} is PostgreSQL {}; next: use PostgreSQL 13 or later",
            server.version
        );
        return Err(Error::new(ErrorKind::Database, message).into());
    }
    if role == Role::Standby {
        let message = format!("{url} is a standby: it can't be written to");
        return Err(Error::new(ErrorKind::DatabaseUnavailable, message).into());
    }
    Ok(server)
}

/// A lock is waited for a little longer than a transaction may be idle, so that a client that was stopped
/// within one fails by itself, and not those who wait for it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(15);
const LOCK: Duration = Duration::from_secs(20);
const STATEMENT: Duration = Duration::from_mins(1);

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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::postgres::failure::Failure;
    use crate::postgres::test_server::test_url;

    async fn failed(url: &str) -> Failed {
        connect(&url.parse().unwrap(), Durability::Durable)
            .await
            .err()
            .unwrap()
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
        assert_eq!(one.timeline.len(), 8, "{one:?}");
        assert!(one.system.len() > 10 && one.started > 0, "{one:?}");
    }

    #[tokio::test]
    async fn nobody_who_listens_is_an_unreachable_database() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let failed = failed(&format!("postgres://me@127.0.0.1:{port}/d")).await;
        assert_eq!(failed.failure, Failure::Unreachable);
        assert_eq!(failed.error.kind(), ErrorKind::DatabaseUnavailable);
        let text = failed.error.to_string();
        assert!(
            text.contains(&format!("postgres://me@127.0.0.1:{port}/d")),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let failed = failed(&format!(
            "postgres://me@127.0.0.1:{port}/d?connect_timeout=1"
        ))
        .await;
        assert_eq!(failed.failure, Failure::Unreachable);
        assert!(
            failed.error.to_string().contains("doesn't answer"),
            "{}",
            failed.error
        );
    }

    #[tokio::test]
    async fn a_missing_database_or_role_is_said_so() {
        let Some(url) = test_url() else { return };
        let base = url.to_string();
        let (server, _) = base.rsplit_once('/').unwrap();
        let failed = failed(&format!("{server}/no_such_database")).await;
        assert_eq!(failed.failure, Failure::Schema);
        assert!(
            failed.error.to_string().contains("no_such_database"),
            "{}",
            failed.error
        );
        assert!(
            failed.error.to_string().contains("ledger init"),
            "{}",
            failed.error
        );
    }

    #[tokio::test]
    async fn a_server_without_tls_is_refused_where_tls_is_wanted() {
        let Some(url) = test_url() else { return };
        let failed = failed(&format!("{url}?sslmode=require")).await;
        assert_eq!(failed.failure, Failure::Refused, "{}", failed.error);
    }
}
