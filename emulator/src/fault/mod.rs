//! Faults on request.
pub(crate) mod body;
pub(crate) mod spec;
pub(crate) mod text;
