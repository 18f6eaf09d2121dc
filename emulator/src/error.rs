//! Why an emulator didn't start, or refused a change.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::net::SocketAddr;

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
        address: SocketAddr,
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

    pub(crate) fn own_events(problem: String) -> Self {
        Self(Cause::OwnEvents(problem))
    }

    pub(crate) fn port(address: SocketAddr, source: io::Error) -> Self {
        Self(Cause::Port { address, source })
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
            Cause::Port { address, .. } if address.port() == 0 => {
                write!(f, "no free port on {}", address.ip())
            }
            Cause::Port { address, .. } => write!(
                f,
                "port {} isn't available on {}; 0 picks a free one",
                address.port(),
                address.ip()
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

/// A change of a running emulator that was refused; nothing has changed.
///
/// The message names what was wrong, its value and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeError(Refused);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Refused {
    Unknown { what: &'static str, id: String },
    Invalid(String),
}

impl ChangeError {
    pub(crate) fn unknown(what: &'static str, id: &str) -> Self {
        let id = id.to_owned();
        Self(Refused::Unknown { what, id })
    }

    pub(crate) fn invalid(problem: String) -> Self {
        Self(Refused::Invalid(problem))
    }

    /// Returns whether it names a session or a contact that doesn't exist.
    #[must_use]
    pub fn is_unknown_id(&self) -> bool {
        matches!(self.0, Refused::Unknown { .. })
    }
}

impl Display for ChangeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Refused::Unknown { what, id } => write!(f, "no {what} {id:?}"),
            Refused::Invalid(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for ChangeError {}

impl From<StartError> for ChangeError {
    fn from(error: StartError) -> Self {
        Self::invalid(error.to_string())
    }
}
