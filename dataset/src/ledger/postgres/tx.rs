//! A transaction on a connection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::error::{Error, ErrorKind};
use crate::postgres::connect::Connection;

/// Why a transaction failed: an error of PostgreSQL, which lacks the server's name, or one of ours.
pub(super) enum Fault {
    Postgres(tokio_postgres::Error),
    /// The server didn't answer. Its answer may still arrive: the connection can't be used again.
    Silence,
    Ours(Error),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// The result of a step of a transaction.
pub(super) type Step<T> = std::result::Result<T, Fault>;

pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::Damaged,
        "the ledger in PostgreSQL contains a value it shouldn't; next: restore it together with the dataset",
    )
}

/// How long the answer to a statement is waited for that reads the whole ledger: longer than the server works on it.
const LONG_ANSWER: Duration = Duration::from_secs(615);

/// The values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection, with the statements that it has prepared.
pub(super) struct Link {
    connection: Connection,
    statements: Mutex<HashMap<&'static str, Statement>>,
    /// How long an answer is waited for.
    longest: Duration,
}

impl Link {
    pub(super) fn new(connection: Connection, longest: Duration) -> Self {
        Self {
            connection,
            statements: Mutex::default(),
            longest,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.client.is_closed()
    }

    /// Runs statements without values.
    pub(super) async fn batch(&self, sql: &str) -> Step<()> {
        answer(self.longest, self.connection.client.batch_execute(sql)).await
    }

    pub(super) async fn query(&self, sql: &'static str, values: Values<'_>) -> Step<Vec<Row>> {
        self.query_within(self.longest, sql, values).await
    }

    async fn query_within(
        &self,
        longest: Duration,
        sql: &'static str,
        values: Values<'_>,
    ) -> Step<Vec<Row>> {
        let statement = self.statement(sql).await?;
        answer(longest, self.connection.client.query(&statement, values)).await
    }

    async fn execute(&self, sql: &'static str, values: Values<'_>) -> Step<u64> {
        let statement = self.statement(sql).await?;
        answer(
            self.longest,
            self.connection.client.execute(&statement, values),
        )
        .await
    }

    async fn statement(&self, sql: &'static str) -> Step<Statement> {
        let statements = || {
            self.statements
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let prepared = statements().get(sql).cloned();
        if let Some(prepared) = prepared {
            return Ok(prepared);
        }
        let prepared = answer(self.longest, self.connection.client.prepare(sql)).await?;
        statements().insert(sql, prepared.clone());
        Ok(prepared)
    }
}

/// Waits for an answer, for so long at most.
async fn answer<T>(
    longest: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Step<T> {
    match timeout(longest, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::Silence),
    }
}

/// A transaction of one dataset.
pub(super) struct Tx<'a> {
    pub(super) dataset: i32,
    /// Whether this repeats a transaction that may have been committed: the reply to its COMMIT was lost.
    pub(super) may_be_committed: bool,
    link: &'a Link,
}

impl<'a> Tx<'a> {
    pub(super) fn new(link: &'a Link, dataset: i32, may_be_committed: bool) -> Self {
        Self {
            dataset,
            may_be_committed,
            link,
        }
    }

    pub(super) async fn query(&self, sql: &'static str, values: Values<'_>) -> Step<Vec<Row>> {
        self.link.query(sql, values).await
    }

    /// Returns the first row; `None` if there is none.
    pub(super) async fn first(&self, sql: &'static str, values: Values<'_>) -> Step<Option<Row>> {
        Ok(self.query(sql, values).await?.into_iter().next())
    }

    /// Returns the row that there must be.
    pub(super) async fn one(&self, sql: &'static str, values: Values<'_>) -> Step<Row> {
        let row = self.first(sql, values).await?;
        row.ok_or_else(|| damaged().into())
    }

    /// The same of a statement that reads the whole ledger, which may take minutes.
    pub(super) async fn one_of_all(&self, sql: &'static str, values: Values<'_>) -> Step<Row> {
        let limit = "SET LOCAL statement_timeout = '10 min'";
        self.link.batch(limit).await?;
        let rows = self.link.query_within(LONG_ANSWER, sql, values).await?;
        rows.into_iter().next().ok_or_else(|| damaged().into())
    }

    /// Returns how many rows a statement wrote.
    pub(super) async fn execute(&self, sql: &'static str, values: Values<'_>) -> Step<u64> {
        self.link.execute(sql, values).await
    }
}
