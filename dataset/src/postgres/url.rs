//! Where a PostgreSQL database is.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::parameters::Parameters;

/// Where a PostgreSQL database is: `postgres://[user@]host[:port]/database[?parameter=value&…]`.
///
/// `postgresql://` is the same. Parameters are those of libpq, as far as they apply: `host` (a folder is that
/// of a Unix socket), `hostaddr`, `port`, `user`, `dbname`, `sslmode`, `sslrootcert`, `service`, `passfile`,
/// `options`, `connect_timeout` (10 s unless given), `keepalives…`, `tcp_user_timeout`, `target_session_attrs`,
/// `channel_binding`, `load_balance_hosts`, `sslnegotiation` and `application_name`. Several hosts are
/// separated by commas, and the one that accepts writes is used. What the URL leaves open is taken from the
/// service file, then from `PGHOST`, `PGHOSTADDR`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGSSLMODE` and
/// `PGSSLROOTCERT`. Without any host it is `localhost`.
///
/// # Passwords
///
/// A password in the URL is refused, since other users can see it in the list of processes. It is read when a
/// connection is made, from the first of these that has one:
///
/// 1. the service file: the section that `?service=name` or `PGSERVICE` names in `PGSERVICEFILE` or
///    `~/.pg_service.conf`
/// 2. `PGPASSWORD`
/// 3. the password file: `?passfile=`, `PGPASSFILE` or `~/.pgpass`, with lines of
///    `host:port:database:user:password`. A file that others may read (not 0600) is ignored, with a warning.
///    With several hosts, the first host that has a line decides.
///
/// # TLS
///
/// The server's certificate is verified, its name included (`sslmode=verify-full`), unless the server is on
/// this machine: at a loopback address, at `localhost`, or at a Unix socket. `sslmode=require` and
/// `sslmode=prefer` are never weaker than that for a server elsewhere, and `disable` is refused. On this
/// machine, `disable` and `prefer` mean no TLS. `sslrootcert` names a file of root certificates (PEM) to
/// trust instead of the system's. Client certificates aren't supported.
///
/// `Display` and `Debug` show user, host and database, and no other parameter.
///
/// ```
/// use journey_events_dataset::postgres::PostgresUrl;
///
/// let url: PostgresUrl = "postgres://loader@db.example.com/journeys?sslrootcert=ca.pem".parse()?;
/// assert_eq!(url.to_string(), "postgres://loader@db.example.com/journeys");
///
/// let error = "postgres://loader:hunter2@db.example.com/journeys".parse::<PostgresUrl>().unwrap_err();
/// assert!(error.to_string().contains("PGPASSWORD"));
/// # Ok::<(), journey_events_dataset::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    parameters: Parameters,
}

impl PostgresUrl {
    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

impl FromStr for PostgresUrl {
    type Err = Error;

    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Settings`], with what is wrong. It contains no part of the URL that may be secret.
    fn from_str(text: &str) -> Result<Self> {
        let Some(rest) = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
        else {
            return Err(invalid("it doesn't begin with `postgres://`"));
        };
        // In a password they would end it.
        if rest.contains('#') {
            return Err(invalid("it contains `#`"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') {
            return Err(password_given());
        }
        // An `@` or `/` of a password that isn't percent-encoded is part of it, so this looks for the last.
        let (user, place) = place.rsplit_once('@').unwrap_or(("", place));
        if user.contains(':') {
            return Err(password_given());
        }
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let mut parameters = Parameters::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| {
                invalid("a parameter has no value: write `name=value`, separated by `&`")
            })?;
            if name == "password" {
                return Err(password_given());
            }
            parameters.add(name, decoded(value, "a parameter")?)?;
        }
        let (hosts, ports) = hosts_and_ports(hosts)?;
        for (name, value) in [
            ("user", decoded(user, "the user")?),
            ("dbname", decoded(database, "the database")?),
            ("host", hosts),
            ("port", ports),
        ] {
            if !value.is_empty() && parameters.get(name).is_some() {
                let message = format!("`{name}` is given twice, the second time as a parameter");
                return Err(invalid(&message));
            }
            parameters.add(name, value)?;
        }
        // Finds values that aren't valid now, and not once it is used.
        parameters.to_config()?;
        Ok(Self { parameters })
    }
}

/// Reads `host1:port1,host2:port2` as the two lists that libpq takes.
fn hosts_and_ports(text: &str) -> Result<(String, String)> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for place in text.split(',') {
        // An IPv6 address is in brackets.
        let end = place.rfind(']').map_or(0, |end| end + 1);
        let (_, after) = place.split_at_checked(end).unwrap_or(("", place));
        let port = after.rsplit_once(':').map(|(_, port)| port);
        let host = port.map_or(place, |port| {
            let host = place.strip_suffix(port).unwrap_or(place);
            host.strip_suffix(':').unwrap_or(host)
        });
        let host = decoded(host, "the host")?;
        let host = host.strip_prefix('[').unwrap_or(&host);
        hosts.push(host.strip_suffix(']').unwrap_or(host).to_owned());
        let port = port.unwrap_or_default();
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return Err(invalid("a port isn't a number from 0 to 65535"));
        }
        ports.push(port);
    }
    let ports = if ports.iter().all(|port| port.is_empty()) {
        String::new()
    } else {
        ports.join(",")
    };
    Ok((hosts.join(","), ports))
}

fn decoded(text: &str, what: &str) -> Result<String> {
    let wrong = || invalid(&format!("{what} isn't percent-encoded UTF-8"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().map(char::from)?.to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (digit(), digit()) {
            (Some(high), Some(low)) => bytes.push(high * 16 + low),
            _ => return Err(wrong()),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(wrong()),
    }
}

fn invalid(cause: &str) -> Error {
    let message = format!(
        "invalid PostgreSQL URL: {cause}; next: write it as `postgres://user@host:5432/database`"
    );
    Error::new(ErrorKind::Settings, message)
}

fn password_given() -> Error {
    Error::new(
        ErrorKind::Settings,
        "a PostgreSQL URL must not contain a password, since others can see it in the list of processes; \
         next: set PGPASSWORD, a pgpass file or a service file",
    )
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |name| self.parameters.get(name);
        f.write_str("postgres://")?;
        if let Some(user) = get("user") {
            write!(f, "{user}@")?;
        }
        let ports: Vec<_> = get("port").map_or(Vec::new(), |ports| ports.split(',').collect());
        let hosts = get("host").or_else(|| get("hostaddr")).unwrap_or_default();
        for (index, host) in hosts.split(',').enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if host.contains(':') {
                write!(f, "{comma}[{host}]")?;
            } else {
                write!(f, "{comma}{}", host.replace('/', "%2F"))?;
            }
            let port = ports.get(index).or(ports.first());
            if let Some(port) = port.filter(|port| !port.is_empty()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", get("dbname").unwrap_or_default())?;
        match get("service") {
            Some(service) => write!(f, "?service={service}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PostgresUrl {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        let error = text.parse::<PostgresUrl>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Settings);
        error.to_string()
    }

    #[test]
    fn a_password_that_is_not_encoded_is_repeated_by_no_error() {
        for text in [
            "postgres://me:x?hunter2=z@h/d",
            "postgres://me:123#hunter2@h/d",
            "Postgres://me:hunter2@h/d",
            "postgresql+x://me:hunter2@h/d",
        ] {
            assert!(!error(text).contains("hunter2"), "{}", error(text));
        }
        assert!(error("postgres://h/d#x").contains("`#`"));
    }

    #[test]
    fn a_url_is_read_into_its_parts() {
        for (text, parts) in [
            (
                "postgres://me@db.example.com:5433/journeys?sslmode=require",
                &[
                    ("user", "me"),
                    ("host", "db.example.com"),
                    ("port", "5433"),
                    ("dbname", "journeys"),
                    ("sslmode", "require"),
                ][..],
            ),
            (
                "postgresql://a:1,b,[::1]:3/d",
                &[("host", "a,b,::1"), ("port", "1,,3")],
            ),
            (
                "postgres://m%40e@%2Frun%2Fpg/d%20b",
                &[("user", "m@e"), ("host", "/run/pg"), ("dbname", "d b")],
            ),
            (
                "postgres:///d?host=/run/pg&user=me",
                &[("host", "/run/pg"), ("user", "me"), ("dbname", "d")],
            ),
            ("postgres://?service=s", &[("service", "s")]),
            ("postgres://[fe80::1]/", &[("host", "fe80::1")]),
        ] {
            let url = url(text);
            for (name, value) in parts {
                assert_eq!(url.parameters.get(name), Some(*value), "{text} {name}");
            }
        }
    }

    #[test]
    fn a_password_is_refused_with_where_to_put_it_and_never_shown() {
        for text in [
            "postgres://me:canary@host/db",
            "postgres://me:@host/db",
            "postgres://:canary@host/db",
            "postgres://me:can@ary@host/db",
            "postgres://me:/canary/@host/db",
            "postgres://me@host/db?password=canary",
        ] {
            let error = error(text);
            assert!(error.contains("PGPASSWORD"), "{text}: {error}");
            assert!(
                !error.contains("canary") && !error.contains("ary@"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (text, part) in [
            ("mysql://canary@host/db", "`postgres://`"),
            ("host=canary", "`postgres://`"),
            ("postgres://host:canary/db", "port"),
            ("postgres://host:99999/db", "port"),
            ("postgres://host/db?sslcert=canary", "`sslcert`"),
            ("postgres://host/db?sslmode", "name=value"),
            (
                "postgres://host/db?connect_timeout=canary",
                "connect_timeout",
            ),
            ("postgres://host/db?hostaddr=canary", "hostaddr"),
            ("postgres://canary%ZZ@host/db", "the user"),
            ("postgres://host/canary%FF", "the database"),
            ("postgres://host/canary%00", "the database"),
            ("postgres://a/db?host=canary", "`host`"),
        ] {
            let error = error(text);
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn display_and_debug_show_no_parameter_that_may_be_secret() {
        for (text, shown) in [
            (
                "postgres://me@h:1/d?options=-c%20canary=1&sslrootcert=canary",
                "postgres://me@h:1/d",
            ),
            ("postgres://[::1]:5/d", "postgres://[::1]:5/d"),
            ("postgres://a:1,b:2/d", "postgres://a:1,b:2/d"),
            ("postgres:///d?host=/run/pg", "postgres://%2Frun%2Fpg/d"),
            ("postgres://?service=s", "postgres:///?service=s"),
        ] {
            assert_eq!(url(text).to_string(), shown);
            assert!(!format!("{:?}", url(text)).contains("canary"));
            assert_eq!(url(shown).to_string(), shown);
        }
    }
}
