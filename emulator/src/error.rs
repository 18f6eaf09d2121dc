//! Why an emulator didn't start.

use std::fmt::{self, Display, Formatter};
use std::io;

/// A setting that isn't allowed, or a port that can't be had.
///
/// Its text names the setting, what was given and what is allowed. For a port, the operating
/// system's word is the [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct StartError(Cause);

#[derive(Debug)]
enum Cause {
    Setting {
        name: &'static str,
        given: String,
        allowed: String,
    },
    Port {
        port: u16,
        source: io::Error,
    },
}

impl StartError {
    pub(crate) fn setting(name: &'static str, given: String, allowed: impl Into<String>) -> Self {
        Self(Cause::Setting {
            name,
            given,
            allowed: allowed.into(),
        })
    }

    pub(crate) fn port(port: u16, source: io::Error) -> Self {
        Self(Cause::Port { port, source })
    }
}

impl StartError {
    /// The setting that isn't allowed, as it is called in the text, such as `own_events`; `None` if it is
    /// the port that can't be had.
    #[must_use]
    pub fn setting_name(&self) -> Option<&str> {
        match &self.0 {
            Cause::Setting { name, .. } => Some(name),
            Cause::Port { .. } => None,
        }
    }
}

impl Display for StartError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Setting {
                name,
                given,
                allowed,
            } => {
                write!(f, "{name} was {given}; allowed is {allowed}")
            }
            Cause::Port { port: 0, .. } => f.write_str("no free port on 127.0.0.1"),
            Cause::Port { port, .. } => {
                write!(
                    f,
                    "port was {port}, which can't be had on 127.0.0.1; 0 takes a free one"
                )
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Setting { .. } => None,
            Cause::Port { source, .. } => Some(source),
        }
    }
}
