//! The quota's file: how it is opened, and what is in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::quota::error::QuotaError;

const VERSION: i64 = 1;
/// Marks the file as a quota's: `JEQu`.
const APPLICATION: i64 = 0x4a45_5175;
/// How long another process may hold the file's lock. Transactions take well under a millisecond, so after
/// this time that process was stopped within one.
const LOCKED_FOR: Duration = Duration::from_secs(30);
/// The same, when the file is opened: whoever opens it can do without.
const LOCKED_FOR_AT_OPEN: Duration = Duration::from_secs(5);

/// `state` has one row, for all processes. A `member` is a process; `quota` is null once it is about to
/// leave. A `slot` is a permit, and `frees` is null until it settles. Times are nanoseconds since the boot.
const SCHEMA: &str = "
    CREATE TABLE state (paced INTEGER NOT NULL, paused_until INTEGER NOT NULL) STRICT;
    INSERT INTO state VALUES (0, 0);
    CREATE TABLE member (
        id INTEGER PRIMARY KEY, quota INTEGER, seen INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE slot (
        member INTEGER NOT NULL, number INTEGER NOT NULL, frees INTEGER,
        PRIMARY KEY (member, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX slot_frees ON slot (frees);
";

/// A connection to the quota's file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    pub(crate) connection: Connection,
}

impl Store {
    /// Opens a file that exists, and creates what is in it if it is empty.
    pub(crate) fn open(path: &Path) -> Result<Self, QuotaError> {
        let mut connection = connect(path).map_err(|error| unusable(path, error))?;
        let found = prepare(&mut connection).map_err(|error| unusable(path, error))?;
        if found != VERSION {
            return Err(QuotaError::Version {
                path: path.to_owned(),
                found,
                expected: VERSION,
            });
        }
        wait_for_lock(&mut connection, LOCKED_FOR).map_err(|error| unusable(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            connection,
        })
    }

    /// Returns a random number.
    pub(crate) fn random(&self) -> rusqlite::Result<i64> {
        self.connection
            .query_row("SELECT random()", [], |row| row.get(0))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn unusable(path: &Path, error: rusqlite::Error) -> QuotaError {
    QuotaError::Unusable {
        path: path.to_owned(),
        source: Box::new(error),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    wait_for_lock(&mut connection, LOCKED_FOR_AT_OPEN)?;
    // After a crash of the machine nothing in the file counts, so nothing has to reach the disk.
    connection.pragma_update(None, "synchronous", "OFF")?;
    // A few kilobytes are in use; the log is kept about as small.
    connection.pragma_update(None, "wal_autocheckpoint", 100)?;
    in_wal_mode(&connection)?;
    Ok(connection)
}

/// Turns on write-ahead logging. SQLite doesn't wait for others that do the same, so this does.
fn in_wal_mode(connection: &Connection) -> rusqlite::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && waited < LOCKED_FOR_AT_OPEN => {
                waited += pause(40);
            }
            result => return result,
        }
    }
}

/// Creates what is in an empty file. Returns the file's version.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version")?;
    let is_ours = number("PRAGMA application_id")? == APPLICATION;
    if number("SELECT count(*) FROM sqlite_schema")? > 0 {
        return Ok(if is_ours { version } else { 0 });
    }
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(VERSION)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Waits for the lock in short steps: SQLite's own are up to 100 ms long.
fn wait_for_lock(connection: &mut Connection, longest: Duration) -> rusqlite::Result<()> {
    let mut waited = Duration::ZERO;
    connection.busy_handler(Some(move |attempt: i32| {
        if attempt == 0 {
            waited = Duration::ZERO;
        }
        waited += pause(attempt);
        waited < longest
    }))
}

/// Sleeps for 50 µs, and from the 40th attempt on for 5 ms. Returns how long.
#[expect(
    clippy::disallowed_methods,
    reason = "this thread is the quota's own; no runtime has a timer for it"
)]
fn pause(attempt: i32) -> Duration {
    let step = if attempt < 40 {
        Duration::from_micros(50)
    } else {
        Duration::from_millis(5)
    };
    std::thread::sleep(step);
    step
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quota.db");
        fs::write(&path, "").unwrap();
        (folder, path)
    }

    #[test]
    fn an_empty_file_becomes_a_quotas_and_opens_again() {
        let (_folder, path) = file();
        Store::open(&path).unwrap();
        Store::open(&path).unwrap();
    }

    #[test]
    fn many_that_open_an_empty_file_at_once_all_succeed() {
        let (_folder, path) = file();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Store::open(&path).unwrap());
            }
        });
    }

    #[test]
    fn a_corrupt_file_is_an_error_that_names_it_and_is_left_alone() {
        let (_folder, path) = file();
        fs::write(
            &path,
            "not a database, whatever its name says. ".repeat(200),
        )
        .unwrap();
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, QuotaError::Unusable { .. }), "{error:?}");
        assert!(error.to_string().contains("quota.db"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn another_version_or_another_programs_file_is_an_error() {
        let (_folder, path) = file();
        drop(Store::open(&path).unwrap());
        let change = |sql| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        change("PRAGMA user_version = 7");
        let version = |error| match error {
            QuotaError::Version {
                found, expected, ..
            } => (found, expected),
            other => panic!("{other:?}"),
        };
        assert_eq!(version(Store::open(&path).unwrap_err()), (7, VERSION));
        change("PRAGMA user_version = 1; PRAGMA application_id = 5");
        assert_eq!(version(Store::open(&path).unwrap_err()), (0, VERSION));
    }
}
