//! Faults on request: error statuses, and bodies that end or pause halfway.
//!
//! ```text
//! "429:every=50" ◄─ text ─► spec (Fault: what and how often)
//!                             │
//! request ─► schedule ────────┴─► its fault ─► body (cuts or stalls the response)
//! ```
//!
//! A new fault is a new [`Kind`], with its text in [`text`], applied in `http::router`.

mod body;
mod schedule;
mod spec;
mod text;

pub(crate) use body::break_body;
pub(crate) use schedule::Schedule;
pub use spec::Fault;
pub(crate) use spec::Kind;
pub use text::FaultError;
