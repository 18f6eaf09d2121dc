//! Faults on request: what the service, or a network in between, does wrong.
//!
//! ```text
//! "429:every=50" ◄─ text ─► spec (Fault) = kind + scope + how often
//!                             │
//! target of a request ─► schedule ─► its fault ─┬► content (other JSON)
//!                                               └► body (cut, stalled, dropped)
//! ```
//!
//! A new fault is a new [`Kind`], with its name in `kind`. Statuses and pages are made in `http`.

mod body;
mod content;
mod kind;
mod schedule;
mod scope;
mod spec;
mod text;

pub(crate) use body::break_body;
pub(crate) use content::edit;
pub(crate) use kind::Kind;
pub use schedule::FaultCount;
pub(crate) use schedule::{MAX_FAULTS, Schedule};
pub use scope::Endpoint;
pub(crate) use scope::Target;
pub use spec::Fault;
pub use text::FaultError;
