//! Blocking calls of the ledger and the disk.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Runs what blocks on a blocking thread.
///
/// # Panics
///
/// With its panic.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime is shutting down, and nothing polls this any more.
        Err(_) => std::future::pending().await,
    }
}
