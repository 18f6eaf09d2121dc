//! Transactions on the SQLite file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection as Sqlite, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::failure::failed;
use crate::clock::Stopwatch;
use crate::error::{Error, ErrorKind, Result};
use crate::waiting::{Delay, OnDelay};

/// Marks the file as a ledger (`PRAGMA application_id`).
const APPLICATION: i32 = 0x4a45_7674;
/// Version of the schema (`PRAGMA user_version`).
const VERSION: i32 = 2;
/// After how long a lock that is waited for or held is reported.
const LONG: Duration = Duration::from_secs(5);
/// How often the wait of `LONG` is repeated before it is an error.
const WAITS: u32 = 12;

/// The connection to a ledger's file.
pub(super) struct Connection {
    path: PathBuf,
    sqlite: Mutex<Sqlite>,
    on_delay: OnDelay,
}

/// Why a transaction failed: an error of SQLite, which lacks the path, or one of ours.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// The result of a step of a transaction.
pub(super) type Step<T> = std::result::Result<T, Fault>;

impl Connection {
    /// Opens the file and sets what every connection needs. The file must exist.
    pub(super) fn open(path: &Path, on_delay: OnDelay) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sqlite = Sqlite::open_with_flags(path, flags).map_err(|error| failed(path, error))?;
        let read = || {
            sqlite.busy_timeout(LONG)?;
            // Reads the file, so that anything else than a database is refused before it is changed.
            sqlite.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        };
        // Still open while its error is classified: too many open files are no longer too many after it.
        read().map_err(|error| failed(path, error))?;
        sqlite.set_prepared_statement_cache_capacity(100);
        Ok(Self {
            path: path.to_owned(),
            sqlite: Mutex::new(sqlite),
            on_delay,
        })
    }

    /// Makes commits durable, and readers and the writer independent.
    pub(super) fn configure(&self) -> Result<()> {
        let sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        let configure = || -> rusqlite::Result<String> {
            let mode: String =
                sqlite.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
            sqlite.pragma_update(None, "synchronous", "FULL")?;
            if cfg!(target_os = "macos") {
                sqlite.pragma_update(None, "fullfsync", "ON")?;
                sqlite.pragma_update(None, "checkpoint_fullfsync", "ON")?;
            }
            Ok(mode)
        };
        let mode = configure().map_err(|error| failed(&self.path, error))?;
        if mode == "wal" {
            return Ok(());
        }
        let path = self.path.display();
        let message = format!(
            "the ledger `{path}` can't have a write-ahead log: is it on a network file system? next: \
             give a file on a local disk with --ledger"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the file has a schema. Refuses that of another version or program.
    pub(super) fn has_schema(&self) -> Result<bool> {
        let (application, version, tables) = self.read(|sqlite| {
            let pragma = |name| sqlite.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
            let tables = "SELECT count(*) FROM sqlite_schema";
            let tables: i64 = sqlite.query_row(tables, [], |row| row.get(0))?;
            Ok((pragma("application_id")?, pragma("user_version")?, tables))
        })?;
        let path = self.path.display();
        match (application, version) {
            (0, 0) if tables == 0 => Ok(false),
            (APPLICATION, VERSION) => Ok(true),
            (APPLICATION, version) => Err(Error::new(
                ErrorKind::LedgerVersion,
                format!(
                    "the ledger `{path}` has version {version}, this program reads and writes version \
                     {VERSION}; next: use the version of this program that wrote it, or a newer one"
                ),
            )),
            _ => Err(Error::new(
                ErrorKind::LedgerForeign,
                format!(
                    "`{path}` is a database of another program, not a ledger; next: give the ledger of \
                     this dataset"
                ),
            )),
        }
    }

    /// Runs the schema's statements, with its version.
    pub(super) fn create_schema(transaction: &Transaction<'_>, schema: &str) -> Step<()> {
        transaction.execute_batch(schema)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        Ok(())
    }

    /// Runs steps that only read, in one transaction.
    pub(super) fn read<T>(&self, steps: impl FnOnce(&Transaction<'_>) -> Step<T>) -> Result<T> {
        self.transaction(TransactionBehavior::Deferred, steps)
    }

    /// Runs steps that write, in one transaction.
    pub(super) fn write<T>(&self, steps: impl FnOnce(&Transaction<'_>) -> Step<T>) -> Result<T> {
        self.transaction(TransactionBehavior::Immediate, steps)
    }

    fn transaction<T>(
        &self,
        behavior: TransactionBehavior,
        steps: impl FnOnce(&Transaction<'_>) -> Step<T>,
    ) -> Result<T> {
        let mut sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        // An earlier transaction ended by its drop, also after a panic.
        let waiting = Stopwatch::start();
        let mut waits = 0;
        let transaction = loop {
            match Transaction::new(&mut sqlite, behavior) {
                Ok(transaction) => break transaction,
                Err(error) if is_busy(&error) && waits < WAITS => {
                    waits += 1;
                    self.report(Delay::WaitingForLock(waiting.elapsed()));
                }
                Err(error) => return Err(failed(&self.path, error)),
            }
        };
        let held = Stopwatch::start();
        let result = steps(&transaction).and_then(|value| {
            transaction.commit()?;
            Ok(value)
        });
        let held = held.elapsed();
        if held >= LONG {
            self.report(Delay::HeldLock(held));
        }
        result.map_err(|fault| match fault {
            Fault::Sqlite(error) => failed(&self.path, error),
            Fault::Ours(error) => error,
        })
    }

    fn report(&self, delay: Delay) {
        let path = self.path.display();
        match &delay {
            Delay::WaitingForLock(time) => {
                tracing::warn!(
                    ?time,
                    "another process holds the lock of the ledger `{path}`"
                );
            }
            Delay::HeldLock(time) => tracing::warn!(?time, "held the lock of the ledger `{path}`"),
            // It is a file.
            Delay::DatabaseUnavailable { .. } | Delay::StoreUnavailable { .. } => {}
        }
        (self.on_delay)(delay);
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
