//! Who creates the tables of this crate.

use std::io;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::blocking::Blocking;
use crate::postgres::connect::{Connection, Durability, connect};
use crate::postgres::failure::Failed;
use crate::postgres::schema::schema_sql;
use crate::postgres::url::PostgresUrl;

/// The version of all tables and functions together.
const VERSION: i32 = 1;

/// Creates the schema `journey_events` and everything in it, as far as it is missing.
///
/// The role needs the permission to create a schema in the database. All others only need the permissions
/// with which [`schema_sql`] ends, in comments. It blocks, normally for a fraction of a second.
///
/// # Errors
///
/// [`DatabaseUnavailable`](ErrorKind::DatabaseUnavailable),
/// [`DatabaseRefused`](ErrorKind::DatabaseRefused) without the permission, and
/// [`DatabaseSchema`](ErrorKind::DatabaseSchema) if the tables are of another version of this crate.
///
/// ```no_run
/// use journey_events_dataset::postgres::{PostgresUrl, init};
///
/// let url: PostgresUrl = "postgres://admin@db.example.com/warehouse".parse()?;
/// init(&url)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init(url: &PostgresUrl) -> Result<()> {
    let blocking = Blocking::new().map_err(no_thread)?;
    let url = url.clone();
    let done = blocking.run(async move { create(&url).await });
    let panicked = || Error::new(ErrorKind::Database, "creating the tables was interrupted");
    done.ok_or_else(panicked)?.map_err(Failed::into_error)
}

async fn create(url: &PostgresUrl) -> Result<(), Failed> {
    let connection = connect(url, Durability::Durable).await?;
    // Two that create the same at once would fail each other. The number is arbitrary: `JEsc`.
    let sql = format!(
        "BEGIN; SELECT pg_advisory_xact_lock(1246065507); {}; COMMIT;",
        schema_sql()
    );
    let created = connection.client.batch_execute(&sql).await;
    let Err(error) = created else {
        return check_version(url, &connection).await;
    };
    let error = Failed::of("create the tables in", url, &error);
    let _ = connection.client.batch_execute("ROLLBACK").await;
    // Whoever finds tables of another version reports that, rather than what failed with them.
    match version(url, &connection).await {
        Ok(Some(found)) if found != VERSION => Err(other_version(url, found)),
        _ => Err(error),
    }
}

/// Checks that the tables are there, and of this version.
///
/// # Errors
///
/// [`Schema`](crate::postgres::failure::Failure::Schema) if they aren't.
pub(crate) async fn check_version(
    url: &PostgresUrl,
    connection: &Connection,
) -> Result<(), Failed> {
    match version(url, connection).await? {
        Some(VERSION) => Ok(()),
        Some(found) => Err(other_version(url, found)),
        None => {
            let message = format!(
                "the tables in {url} are incomplete; next: run `journey-events ledger init`"
            );
            Err(Error::new(ErrorKind::DatabaseSchema, message).into())
        }
    }
}

async fn version(url: &PostgresUrl, connection: &Connection) -> Result<Option<i32>, Failed> {
    let sql = "SELECT version FROM journey_events.schema_version";
    let row = connection.client.query_opt(sql, &[]).await;
    let row = row.map_err(|error| Failed::of("use the tables in", url, &error))?;
    Ok(row.and_then(|row| row.try_get(0).ok()))
}

fn other_version(url: &PostgresUrl, found: i32) -> Failed {
    let message = format!(
        "the tables in {url} have version {found}, and this program reads version {VERSION}; \
         next: use the same version of journey-events everywhere"
    );
    Error::new(ErrorKind::DatabaseSchema, message).into()
}

fn no_thread(error: io::Error) -> Error {
    Error::new(ErrorKind::Database, "can't start a thread for PostgreSQL").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::test_server::Database;

    #[test]
    fn the_schema_can_be_created_again_and_by_many_at_once() {
        let Some(database) = Database::create() else {
            return;
        };
        let url = database.url();
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| init(url))).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
        init(url).unwrap();
    }

    #[test]
    fn another_version_is_refused_with_both_numbers() {
        let Some(database) = Database::create() else {
            return;
        };
        init(database.url()).unwrap();
        database.execute("UPDATE journey_events.schema_version SET version = 7");
        let error = init(database.url()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseSchema);
        assert!(error.to_string().contains("version 7"), "{error}");
    }

    #[test]
    fn a_role_without_permission_is_refused_and_told_so() {
        let Some(database) = Database::create() else {
            return;
        };
        let url = database.url_of_plain_role();
        let error = init(&url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseRefused, "{error}");
    }
}
