//! A transaction on a connection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use crate::error::{Error, ErrorKind};

/// Why a transaction failed: an error of PostgreSQL, which lacks the server's name, or one of ours.
pub(super) enum Fault {
    Postgres(tokio_postgres::Error),
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

/// The values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection, with the statements that it has prepared.
pub(super) struct Link {
    pub(super) client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            statements: Mutex::default(),
        }
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
        let prepared = self.client.prepare(sql).await?;
        statements().insert(sql, prepared.clone());
        Ok(prepared)
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
        let statement = self.link.statement(sql).await?;
        Ok(self.link.client.query(&statement, values).await?)
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

    /// Returns how many rows a statement wrote.
    pub(super) async fn execute(&self, sql: &'static str, values: Values<'_>) -> Step<u64> {
        let statement = self.link.statement(sql).await?;
        Ok(self.link.client.execute(&statement, values).await?)
    }
}
