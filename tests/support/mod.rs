//! Support for the tests over real sockets. `memory` implements the library's private transport, so the
//! library's unit tests include it instead.

#![allow(dead_code, reason = "no test program uses all of it")]

pub(crate) mod http2;
pub(crate) mod lossy;
pub(crate) mod raw;
pub(crate) mod session;
pub(crate) mod tls;
pub(crate) mod walks;
