//! Support for the tests over real sockets.

#![allow(dead_code, reason = "no test program uses all of it")]

pub(crate) mod lossy;
pub(crate) mod raw;
pub(crate) mod session;
pub(crate) mod tls;
pub(crate) mod walks;
