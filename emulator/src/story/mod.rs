//! The generated sessions: a visitor's way through a shop that doesn't exist.
//!
//! ```text
//! identity ─► visitor: market, device, person
//!     └─────► visit ─► scenes ─► step + moment        what happens, and when
//!                └───► origin: campaign and referrer
//! generator: position ─► visit, step ─► bodies ─► topic (pages of a product), attributes ─► JSON
//! shop: what all of them draw from, in shop.json
//! ```
//!
//! A session is a series of visits of equally many events, a visit four scenes of eight. Every
//! event is computed from seed, session number and position alone; nothing is stored. Any change to
//! `shop.json` or to the order of random draws changes every event, which a test forbids.

mod attributes;
mod bodies;
mod event_type;
mod generator;
mod identity;
mod moment;
mod origin;
mod shop;
mod step;
mod topic;
mod visit;
mod visitor;

pub(crate) use event_type::EventType;
pub(crate) use generator::{Generator, began};
pub(crate) use identity::{Identity, Medium};
