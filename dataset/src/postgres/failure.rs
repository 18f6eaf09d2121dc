//! What to do about an error of PostgreSQL.

use std::error::Error as StdError;
use std::fmt;

use tokio_postgres::error::SqlState;

use crate::error::{Error, ErrorKind};
use crate::postgres::url::PostgresUrl;

/// What kind of error it is, by what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server can't be reached, or is starting, stopping or overloaded: connect again, later. Whether the
    /// statement took effect isn't known.
    Unreachable,
    /// Another transaction was in the way, and nothing took effect: repeat it at once.
    Conflict,
    /// The login, the certificate or a permission was refused.
    Refused,
    /// The database isn't there, or tables are missing, or are of another version.
    Schema,
    /// Anything else, such as a mistake in a statement.
    Other,
}

/// An error of PostgreSQL, with what to do about it.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    /// For the user: names the database, and contains no values.
    pub(crate) error: Error,
}

impl Failed {
    /// Of an error of a connection to `url`, while doing something (`connect to`, `commit to`).
    pub(crate) fn of(action: &str, url: &PostgresUrl, error: &tokio_postgres::Error) -> Self {
        let failure = Failure::of(error);
        Self::new(failure, &format!("can't {action} {url}"), &Cause::of(error))
    }

    /// Of something that took too long.
    pub(crate) fn timed_out(action: &str, url: &PostgresUrl) -> Self {
        let message = format!("can't {action} {url}: it doesn't answer");
        Self {
            failure: Failure::Unreachable,
            error: Error::new(ErrorKind::DatabaseUnavailable, message),
        }
    }

    fn new(failure: Failure, what: &str, cause: &Cause) -> Self {
        let (kind, next) = match failure {
            Failure::Unreachable => (ErrorKind::DatabaseUnavailable, ""),
            Failure::Conflict | Failure::Other => (ErrorKind::Database, ""),
            Failure::Refused => (
                ErrorKind::DatabaseRefused,
                "; next: check user, password, permissions and certificates (docs/machines.md)",
            ),
            Failure::Schema => (
                ErrorKind::DatabaseSchema,
                "; next: check the database's name, or create the tables with `journey-events ledger init`",
            ),
        };
        let error = Error::new(kind, format!("{what}: {cause}{next}"));
        Self { failure, error }
    }
}

impl From<Error> for Failed {
    /// An error that is found before the server is asked, such as a setting's.
    fn from(error: Error) -> Self {
        let failure = match error.kind() {
            ErrorKind::DatabaseUnavailable => Failure::Unreachable,
            ErrorKind::DatabaseRefused => Failure::Refused,
            ErrorKind::DatabaseSchema => Failure::Schema,
            _ => Failure::Other,
        };
        Self { failure, error }
    }
}

impl Failure {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) => Self::of_state(code),
            None if is_tls(error) || is_of_login(error) => Self::Refused,
            None if is_of_connection(error) => Self::Unreachable,
            None => Self::Other,
        }
    }

    fn of_state(state: &SqlState) -> Self {
        // The state's class, and then what is special in it.
        let (class, _) = state.code().split_at_checked(2).unwrap_or_default();
        match state.code() {
            "40001" | "40P01" => Self::Conflict,
            // The schema is missing, or the table, function or column in it.
            "3F000" | "42P01" | "42883" | "42703" | "3D000" => Self::Schema,
            "42501" => Self::Refused,
            // A standby: a failover may be under way. Or a lock took too long, a transaction was idle for
            // too long, or a server process crashed.
            "25006" | "55P03" | "25P03" | "57P05" => Self::Unreachable,
            // A statement took too long, and would again.
            "57014" => Self::Other,
            _ => match class {
                "08" | "57" | "53" => Self::Unreachable,
                "28" => Self::Refused,
                _ => Self::Other,
            },
        }
    }
}

fn sources(error: &tokio_postgres::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// Whether the server has no TLS, or its certificate isn't trusted, or the names differ.
fn is_tls(error: &tokio_postgres::Error) -> bool {
    let is_rustls = |source: &(dyn StdError + 'static)| {
        let of_io = source.downcast_ref::<std::io::Error>();
        let inner = of_io.and_then(|error| error.get_ref());
        inner.is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>)
    };
    // Without an error of the system behind it, the server has no TLS.
    let has_io = || sources(error).any(<dyn StdError>::is::<std::io::Error>);
    sources(error).any(is_rustls) || (error.to_string().contains("TLS handshake") && !has_io())
}

/// Whether there is no password, or the server wants a login that isn't supported. The driver has no other way
/// to say so than its text.
fn is_of_login(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    ["invalid configuration", "authentication error"]
        .iter()
        .any(|kind| text.starts_with(kind))
}

/// Whether the connection ended, or didn't begin, or what arrived was cut short.
fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || sources(error).any(<dyn StdError>::is::<std::io::Error>)
}

/// What the server or the system reported, without the details of a server's error: they may contain values.
struct Cause(String);

impl Cause {
    fn of(error: &tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return Self(format!(
                "{} (SQLSTATE {})",
                error.message(),
                error.code().code()
            ));
        }
        let mut texts: Vec<String> = Vec::new();
        for source in sources(error) {
            let text = source.to_string();
            // Some include the text of their source.
            if !texts.last().is_some_and(|last| last.ends_with(&text)) {
                texts.push(text);
            }
        }
        Self(texts.join(": "))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_what_to_do() {
        for (state, failure) in [
            ("57P01", Failure::Unreachable),
            ("57P02", Failure::Unreachable),
            ("57P03", Failure::Unreachable),
            ("53300", Failure::Unreachable),
            ("08006", Failure::Unreachable),
            ("25006", Failure::Unreachable),
            ("55P03", Failure::Unreachable),
            ("40001", Failure::Conflict),
            ("40P01", Failure::Conflict),
            ("28P01", Failure::Refused),
            ("42501", Failure::Refused),
            ("3F000", Failure::Schema),
            ("42P01", Failure::Schema),
            ("42883", Failure::Schema),
            ("3D000", Failure::Schema),
            ("23505", Failure::Other),
            ("42601", Failure::Other),
        ] {
            assert_eq!(
                Failure::of_state(&SqlState::from_code(state)),
                failure,
                "{state}"
            );
        }
    }
}
