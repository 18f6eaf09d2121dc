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
    /// Another transaction holds a lock for long, and nothing took effect: repeat it, later.
    Locked,
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
    error: Error,
    /// What an operator can do about it, as part of a sentence; empty if the error says it.
    pub(crate) next: &'static str,
}

/// What to do about a server that isn't the primary.
pub(crate) const PRIMARY: &str = "check that the URL leads to the primary";

impl Failed {
    /// Of an error of a connection to `url`, while doing something (`connect to`, `commit to`).
    pub(crate) fn of(action: &str, url: &PostgresUrl, error: &tokio_postgres::Error) -> Self {
        let failure = Failure::of(error);
        let state = error.code().map(SqlState::code).unwrap_or_default();
        let message = format!("can't {action} {url}: {}", Cause::of(error));
        Self::new(failure, message, next(failure, state))
    }

    /// Of something that took too long.
    pub(crate) fn timed_out(action: &str, url: &PostgresUrl) -> Self {
        let message = format!("can't {action} {url}: it doesn't answer");
        let next = "check the database server, and the network to it";
        Self::new(Failure::Unreachable, message, next)
    }

    pub(crate) fn new(failure: Failure, message: String, next: &'static str) -> Self {
        let kind = match failure {
            Failure::Unreachable | Failure::Locked => ErrorKind::DatabaseUnavailable,
            Failure::Conflict | Failure::Other => ErrorKind::Database,
            Failure::Refused => ErrorKind::DatabaseRefused,
            Failure::Schema => ErrorKind::DatabaseSchema,
        };
        Self {
            failure,
            error: Error::new(kind, message),
            next,
        }
    }

    /// Adds what else is known of it.
    pub(crate) fn with_detail(mut self, detail: &str) -> Self {
        self.error = Error::new(self.error.kind(), format!("{}: {detail}", self.error));
        self
    }

    /// What happened, without what to do about it.
    pub(crate) fn cause(&self) -> String {
        self.error.to_string()
    }

    /// The error for the user, with what to do about it.
    pub(crate) fn into_error(self) -> Error {
        if self.next.is_empty() {
            self.error
        } else {
            self.error.with_next(self.next)
        }
    }
}

/// What an operator can do.
fn next(failure: Failure, state: &str) -> &'static str {
    match (failure, state) {
        (_, "53100") => "free disk space on the database server",
        (_, "53200") => "give the database server more memory, or less to do",
        (_, "53300") => {
            "raise the server's, the role's or the database's limit of connections, or run fewer workers"
        }
        (_, "25006") => PRIMARY,
        (_, "57014") => "find out what slows the database server down (`pg_stat_activity`)",
        (Failure::Unreachable, "") => {
            "check that the database server runs, and can be reached from here"
        }
        (Failure::Unreachable, _) => "wait until the database server is ready",
        (Failure::Locked | Failure::Conflict, _) => {
            "find out what else uses the schema `journey_events` (`pg_stat_activity`, `pg_locks`), and end it"
        }
        (Failure::Refused, _) => {
            "check user, password, permissions and certificates (docs/machines.md)"
        }
        (Failure::Schema, _) => {
            "check the database's name, or create the tables with `journey-events ledger init`"
        }
        (Failure::Other, _) => "look into the database server's log; if it persists, report it",
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
        Self {
            failure,
            error,
            next: "",
        }
    }
}

impl Failure {
    /// Whether the same may succeed later, without a change of settings.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Locked | Self::Conflict)
    }

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
            "55P03" => Self::Locked,
            // A standby: a failover may be under way. Or a transaction or session was idle for too long.
            "25006" | "25P03" | "57P05" => Self::Unreachable,
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
            ("53100", Failure::Unreachable),
            ("55P03", Failure::Locked),
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
    #[test]
    fn each_error_says_what_an_operator_can_do() {
        for (state, part) in [
            ("53100", "disk space"),
            ("53200", "memory"),
            ("53300", "fewer workers"),
            ("25006", "primary"),
            ("55P03", "pg_locks"),
            ("57014", "slows"),
            ("57P03", "ready"),
            ("40001", "pg_stat_activity"),
            ("42601", "log"),
        ] {
            let failure = Failure::of_state(&SqlState::from_code(state));
            let failed = Failed::new(failure, "cause".to_owned(), next(failure, state));
            let text = failed.into_error().to_string();
            assert!(
                text.starts_with("cause; next: ") && text.contains(part),
                "{state}: {text}"
            );
        }
    }
}
