//! The quota in a database.

mod live;
pub(crate) mod process;
mod ring;
