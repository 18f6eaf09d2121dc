//! The program under test, and a service that answers as a test says.

pub(crate) mod files;
pub(crate) mod gate;
pub(crate) mod program;
#[cfg(unix)]
pub(crate) mod pty;
pub(crate) mod service;
