//! A transaction, once.

use futures::future::join;

use super::tx::{Fault, Link, Step, Tx};

/// How a transaction reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// All statements see the same.
    Read,
    /// Each statement sees what was committed before it; rows are locked before they are trusted.
    Write,
}

/// How an attempt failed.
pub(super) struct FailedAttempt {
    pub(super) fault: Fault,
    /// Whether it may have been committed.
    pub(super) is_in_doubt: bool,
}

/// Runs a transaction once.
pub(super) async fn attempt<T>(
    link: &Link,
    access: Access,
    tx: &Tx<'_>,
    steps: &impl AsyncFn(&Tx<'_>) -> Step<T>,
) -> Result<T, FailedAttempt> {
    let begin = match access {
        Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Access::Write => "BEGIN",
    };
    let failed = |fault, is_in_doubt| FailedAttempt { fault, is_in_doubt };
    // Sent together with the first statement.
    let (started, value) = join(link.batch(begin), steps(tx)).await;
    started.map_err(|fault| failed(fault, false))?;
    let value = value.map_err(|fault| failed(fault, false))?;
    let committed = link.batch("COMMIT").await;
    committed.map_err(|fault| failed(fault, access == Access::Write))?;
    Ok(value)
}
