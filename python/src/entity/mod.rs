//! What the iterators yield.

pub(crate) mod date;
pub(crate) mod event;
pub(crate) mod json;
pub(crate) mod session;
