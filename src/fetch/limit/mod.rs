//! The limiter: who may send the next request, and when.
//!
//! ```text
//!                     ┌──── State, under one lock ────┐
//! permit() ─► Ticket ─┼─► Queue ─► Slots              ├─► Permit ─► settle
//!                     │    who      ├ Pause           │               │
//!                     │    is       ├ Window ◄────────┼───────────────┘
//!                     │    next     └ Pace            │
//!                     └───────────────────────────────┘
//! ```
//!
//! No task and no channel: a ticket is served in the poll of the task that waits, so it belongs to the
//! runtime of that task and the limiter to none. `quota` is the trait, `limiter` the implementation
//! within one process, and `rate_limit` its settings.

pub(crate) mod activity;
pub(crate) mod limiter;
pub(crate) mod pace;
pub(crate) mod pause;
pub(crate) mod permit;
pub(crate) mod queue;
pub(crate) mod quota;
pub(crate) mod rate_limit;
pub(crate) mod slots;
pub(crate) mod state;
#[cfg(test)]
mod tests;
pub(crate) mod ticket;
pub(crate) mod window;
