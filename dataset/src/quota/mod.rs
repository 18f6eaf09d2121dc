//! One quota for all processes of a machine, or of many machines.
//!
//! ```text
//! process 1                                                          process 2
//! permit() ─► waiter ──► queue ◄─► dispatcher ◄─ exchange ─► ring ◄─ exchange ─► dispatcher …
//!                 ▲        │          │   ▲          │         │
//!                 └────────┴─ permit ─│───│── rules ─┘         └─ in a file, or in a database
//!                                     ▼   └─ settled, paused
//! activity() ◄────────────────── snapshot
//! ```
//!
//! - `shared` is [`SharedQuota`], whose ring is in a file, and `postgres` has [`PostgresQuota`], whose ring is in
//!   a database. Both are the library's [`Quota`](journey_events::Quota), and most of both is `front`: its
//!   `waiter`s wait without a timer or a lock; all they do is send messages to the thread and be woken by it.
//! - `dispatcher` is the thread, one for each quota. It sleeps until a message arrives or the next permit is
//!   due, at most a second. `queue` holds who is next within the process.
//! - `ring` is what a process and a ring tell each other, in one transaction: report what ended, take what is
//!   free. A ring's state says everything that processes need to know of each other: nobody waits for an
//!   answer.
//! - `rules` are the numbers, and `name` hides whose quota it is. `exchange` is the transaction in a file, `store` the file, `folder` its place.

mod dispatcher;
mod error;
mod exchange;
mod folder;
mod front;
mod name;
mod outage;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
mod postgres;
mod queue;
mod ring;
mod rules;
mod shared;
mod snapshot;
mod store;
// Of both rings.
#[cfg(test)]
#[cfg(feature = "postgres")]
mod tests;
mod waiter;

pub use error::QuotaError;
pub use outage::QuotaOutage;
pub use postgres::PostgresQuota;
pub use shared::SharedQuota;
