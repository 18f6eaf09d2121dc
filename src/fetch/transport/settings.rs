//! Settings of the connection.

use std::time::Duration;

use secrecy::SecretString;

/// The HTTP crate that the client is built on.
#[cfg(feature = "reqwest")]
pub use ::reqwest;

/// A HTTP client before it is built.
pub(crate) type HttpBuilder = ::reqwest::ClientBuilder;

/// The user's settings. What the crate itself relies on is added in `http`.
#[derive(Debug, Default)]
pub(crate) struct HttpSettings {
    pub(crate) builder: Option<HttpBuilder>,
    pub(crate) proxy: Proxy,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) timeouts: Timeouts,
}

/// Which proxy requests go through.
#[derive(Debug, Default)]
pub(crate) enum Proxy {
    /// That of the environment, or of the user's builder.
    #[default]
    Inherited,
    /// None: another machine's proxy can't reach this one's loopback, and must not get its token.
    Bypassed,
    /// This URL, which may hold a password.
    Url(SecretString),
}

/// How long the parts of an attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) attempt: Duration,
    pub(crate) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            attempt: Duration::from_secs(30),
            idle: Duration::from_secs(20),
        }
    }
}
