//! Blocking calls of the ledger and the disk.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use tokio::sync::oneshot;

/// Runs what blocks on a thread of its own.
///
/// Not on one of the runtime's: allocators keep memory for each thread, and building a file takes 30 MB. The
/// memory of a thread that ended goes to the next one.
///
/// Dropping the future leaves the thread to end by itself.
///
/// # Panics
///
/// With the panic of `work`, or if the system can't start a thread.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, result) = oneshot::channel();
    thread::spawn(move || {
        // Fails if the result isn't awaited any more.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    });
    match result.await {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        // The thread sends before it ends.
        Err(_) => std::future::pending().await,
    }
}
