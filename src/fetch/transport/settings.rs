//! Settings of the connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::fetch::deadline::{LONGEST, LONGEST_CONNECT, STALL};

/// The HTTP crate that the client is built on.
#[cfg(feature = "reqwest")]
pub use ::reqwest;

/// An HTTP client before it is built.
pub(crate) type HttpBuilder = ::reqwest::ClientBuilder;

/// The user's settings. What the crate itself relies on is added in `http`.
#[derive(Clone, Default)]
pub(crate) struct HttpSettings {
    pub(crate) builder: Option<Arc<dyn Fn() -> HttpBuilder + Send + Sync>>,
    /// A URL, which may contain a password; without one, the environment's or that of the builder.
    pub(crate) proxy: Option<SecretString>,
    pub(crate) api: Route,
    pub(crate) login: Route,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) timeouts: Timeouts,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("api", &self.api)
            .field("login", &self.login)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// How requests reach a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// Through a proxy, if one is configured.
    #[default]
    ProxyAllowed,
    /// The host is on loopback. Another machine's proxy can't reach it and must not get its token.
    Direct,
}

/// How long the parts of an attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) attempt: Duration,
    pub(crate) idle: Duration,
    /// How late one of them must be found to show that the runtime stalled.
    pub(crate) stall: Duration,
}

impl Timeouts {
    /// With values that can be added to any instant.
    pub(crate) fn clamped(self) -> Self {
        Self {
            connect: self.connect.min(LONGEST_CONNECT),
            read: self.read.min(LONGEST),
            attempt: self.attempt.min(LONGEST),
            idle: self.idle.min(LONGEST),
            stall: self.stall,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            attempt: Duration::from_secs(30),
            idle: Duration::from_secs(20),
            stall: STALL,
        }
    }
}
