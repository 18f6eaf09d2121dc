//! The HTTP side.
pub(crate) mod oauth;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod router;
pub(crate) mod service;
pub(crate) mod uri;
