//! Options that several commands share, and what they are turned into.

pub(crate) mod connection;
pub(crate) mod destination;
pub(crate) mod filter;
mod profile;
pub(crate) mod session_id;
pub(crate) mod sources;
