//! One quota for all processes of a machine.
//!
//! ```text
//! process 1                                                          process 2
//! permit() ─► waiter ──► queue ◄─► dispatcher ◄─ exchange ─► file ◄─ exchange ─► dispatcher …
//!                 ▲        │          │   ▲          │         │
//!                 └────────┴─ permit ─│───│── rules ─┘         └─ store, in folder, by clock
//!                                     ▼   └─ settled, paused
//! activity() ◄────────────────── snapshot
//! ```
//!
//! - `shared` is [`SharedQuota`], the library's [`Quota`](journey_events::Quota). Its `waiter`s wait
//!   without a timer or a lock; all they do is send messages to the thread and be woken by it.
//! - `dispatcher` is the thread, one for each `SharedQuota`. It sleeps until a message arrives or the next
//!   permit is due, at most a second. `queue` holds who is next within the process.
//! - `exchange` is the one transaction with the file: report what ended, take what is free. A file's state
//!   says everything that processes need to know of each other: nobody waits for an answer.
//! - `rules` are the numbers, `store` the file, `folder` its place.

mod dispatcher;
mod error;
mod exchange;
mod folder;
mod queue;
mod rules;
mod shared;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod waiter;

pub use error::QuotaError;
pub use shared::SharedQuota;
