//! The native part of the Python package `journey-events`.
//!
//! # How events travel
//!
//! ```text
//! Python thread                                        the process's runtime (2 threads)
//! next(events) ─► Walk.take ── an event of the page is there ──► returned with the GIL held
//!                   │ none
//!                   ▼
//!                 GIL released; blocks on Walk.fill ◄── the library's stream ◄── its tasks: request, retry, read ahead
//!                   │ every 50 ms: GIL, signals         (what is filled in stays until it is taken)
//! anext(events) ─► a task of the runtime runs Walk.fill, and wakes the event loop
//! batches ───────► the same, in a row reader behind the Arrow C stream interface
//! ```
//!
//! - A walk never loses what it has filled in: a signal, a cancelled task or another thread only ends a wait.
//!   Its checkpoint is the one before the event that nobody has taken yet.
//! - The runtime is made with the first wait and ends with the interpreter. It never holds the GIL while it waits.
//! - A process that was forked has none of its threads: objects of its parent are refused there, and forgotten
//!   instead of dropped.
//!
//! # Layers
//!
//! Top to bottom. Each imports only the ones below it:
//!
//! ```text
//! dataset/    sync and status
//! client/     Client, and its settings
//! walk/       the iterators, and waiting within an event loop
//! arrow/      events as record batches
//! stream/     a walk that threads share: take, fill
//! command     the command-line tool
//! entity      Event, Session, FoundSession
//! failure     errors of the library as exceptions of Python
//! checkpoint  Checkpoint
//! argument    arguments, checked with errors that name them
//! exception   the classes of exceptions
//! runtime     the runtime, and the process that it belongs to
//! ```

mod argument;
mod arrow;
mod checkpoint;
mod client;
mod command;
mod dataset;
mod entity;
mod exception;
mod failure;
mod runtime;
mod stream;
mod walk;

/// The native module.
#[pyo3::pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::arrow::batches::RecordBatches;
    #[pymodule_export]
    use crate::checkpoint::Checkpoint;
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::dataset::status::status;
    #[pymodule_export]
    use crate::dataset::sync::sync;
    #[pymodule_export]
    use crate::entity::event::Event;
    #[pymodule_export]
    use crate::entity::session::{FoundSession, Session};
    #[pymodule_export]
    use crate::runtime::shut_down;
    #[pymodule_export]
    use crate::walk::classes::{ContactSessions, FoundSessions, SessionEvents, Walk};
}
