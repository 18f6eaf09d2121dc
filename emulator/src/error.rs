//! Why an emulator didn't start.

use std::fmt::{self, Display, Formatter};
use std::io;

/// An invalid setting, or a port that isn't available.
///
/// The message names the setting, its value and what is allowed. For a port, the operating system's
/// error is the [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct StartError(Cause);

#[derive(Debug)]
enum Cause {
    Setting {
        name: &'static str,
        value: String,
        allowed: String,
    },
    OwnEvents(String),
    Port {
        port: u16,
        source: io::Error,
    },
}

impl StartError {
    pub(crate) fn setting(name: &'static str, value: String, allowed: impl Into<String>) -> Self {
        Self(Cause::Setting {
            name,
            value,
            allowed: allowed.into(),
        })
    }

    pub(crate) fn own_events(problem: impl Into<String>) -> Self {
        Self(Cause::OwnEvents(problem.into()))
    }

    pub(crate) fn port(port: u16, source: io::Error) -> Self {
        Self(Cause::Port { port, source })
    }
}

impl StartError {
    /// Returns the invalid setting's name as the message has it, such as `own_events`; `None` if
    /// the port isn't available.
    #[must_use]
    pub fn setting_name(&self) -> Option<&str> {
        match &self.0 {
            Cause::Setting { name, .. } => Some(name),
            Cause::OwnEvents(_) => Some("own_events"),
            Cause::Port { .. } => None,
        }
    }
}

impl Display for StartError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Setting {
                name,
                value,
                allowed,
            } => write!(f, "invalid {name} `{value}`: must be {allowed}"),
            Cause::OwnEvents(problem) => write!(f, "invalid own_events: {problem}"),
            Cause::Port { port: 0, .. } => f.write_str("no free port on 127.0.0.1"),
            Cause::Port { port, .. } => write!(
                f,
                "port {port} isn't available on 127.0.0.1; 0 picks a free one"
            ),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Setting { .. } | Cause::OwnEvents(_) => None,
            Cause::Port { source, .. } => Some(source),
        }
    }
}
