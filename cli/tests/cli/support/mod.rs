//! The program under test, and a service that answers as a test says.

pub(crate) mod files;
pub(crate) mod program;
pub(crate) mod service;
