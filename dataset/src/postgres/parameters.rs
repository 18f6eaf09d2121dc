//! Connection parameters by their libpq names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// Parameters that are handed to tokio-postgres. It calls one of them by another name.
const DRIVER: [(&str, &str); 17] = [
    ("application_name", "application_name"),
    ("channel_binding", "channel_binding"),
    ("connect_timeout", "connect_timeout"),
    ("dbname", "dbname"),
    ("host", "host"),
    ("hostaddr", "hostaddr"),
    ("keepalives", "keepalives"),
    ("keepalives_count", "keepalives_retries"),
    ("keepalives_idle", "keepalives_idle"),
    ("keepalives_interval", "keepalives_interval"),
    ("load_balance_hosts", "load_balance_hosts"),
    ("options", "options"),
    ("password", "password"),
    ("port", "port"),
    ("sslnegotiation", "sslnegotiation"),
    ("target_session_attrs", "target_session_attrs"),
    ("user", "user"),
];

/// Parameters that are handled here.
const OURS: [&str; 5] = [
    "passfile",
    "service",
    "sslmode",
    "sslrootcert",
    "tcp_user_timeout",
];

/// How long a network that delivers nothing is waited for, within a connection.
const SILENT_FOR: Duration = Duration::from_secs(15);

/// The parameters of one connection. May contain a password, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a parameter unless it is set. An empty value is as good as none, as in libpq.
    ///
    /// # Errors
    ///
    /// If there is no such parameter. The error doesn't contain the value, which may be secret.
    pub(crate) fn add(&mut self, name: &str, value: String) -> Result<()> {
        let driver = DRIVER.iter().map(|(name, _)| *name);
        let Some(known) = driver.chain(OURS).find(|known| *known == name) else {
            return Err(Error::new(
                ErrorKind::Settings,
                format!(
                    "`{name}` isn't a known parameter of a PostgreSQL connection; \
                     next: remove it, or check its spelling"
                ),
            ));
        };
        if !value.is_empty() {
            self.0.entry(known).or_insert(value);
        }
        Ok(())
    }

    /// Sets a parameter that this crate decides.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, value.into());
    }

    /// Addresses of the servers to try, as the network sees them.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let addresses = self.get("hostaddr").or_else(|| self.get("host"));
        addresses.into_iter().flat_map(|hosts| hosts.split(','))
    }

    /// Reads what tokio-postgres handles.
    pub(crate) fn to_config(&self) -> Result<tokio_postgres::Config> {
        let mut text = String::new();
        for (name, driver) in DRIVER {
            if let Some(value) = self.get(name) {
                let value = value.replace('\\', "\\\\").replace('\'', "\\'");
                let _ = write!(text, "{driver}='{value}' ");
            }
        }
        let mut config: tokio_postgres::Config =
            text.parse().map_err(|error: tokio_postgres::Error| {
                // It names the parameter, not the value.
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                invalid(&cause.unwrap_or_else(|| error.to_string()))
            })?;
        // In milliseconds, as in libpq; tokio-postgres reads seconds. Zero is the system's default.
        let timeout = self.get("tcp_user_timeout").map(str::parse).transpose();
        let timeout =
            timeout.map_err(|_| invalid("invalid value for option `tcp_user_timeout`"))?;
        match timeout.map(Duration::from_millis) {
            Some(Duration::ZERO) => {}
            timeout => {
                config.tcp_user_timeout(timeout.unwrap_or(SILENT_FOR));
            }
        }
        Ok(config)
    }
}

fn invalid(cause: &str) -> Error {
    let message =
        format!("invalid parameter of the PostgreSQL connection: {cause}; next: correct it");
    Error::new(ErrorKind::Settings, message)
}
