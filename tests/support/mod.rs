//! What the tests over real sockets share. `memory` is not here: it stands in for the library's own
//! transport, so the library's unit tests include it.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod http2;
pub(crate) mod lossy;
pub(crate) mod raw;
pub(crate) mod session;
pub(crate) mod tls;
pub(crate) mod walks;
