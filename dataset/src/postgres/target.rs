//! What a connection needs to know: the URL, completed as libpq would.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::environment::Environment;
use crate::postgres::parameters::Parameters;
use crate::postgres::passfile::{Account, find_password};
use crate::postgres::service::add_service;
use crate::postgres::tls::Tls;
use crate::postgres::url::PostgresUrl;

/// Variables for parameters that neither the URL nor the service has.
const VARIABLES: [(&str, &str); 8] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("dbname", "PGDATABASE"),
    ("password", "PGPASSWORD"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
];

/// A server, a database, an account and how to reach it. May contain a password, so it has no `Debug`.
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    /// For the whole attempt to connect.
    pub(crate) connect_timeout: Duration,
}

impl Target {
    pub(crate) fn of(url: &PostgresUrl, environment: Environment<'_>) -> Result<Self> {
        let mut parameters = url.parameters().clone();
        let service = parameters.get("service").map(str::to_owned);
        if let Some(service) = service.or_else(|| environment.text("PGSERVICE")) {
            let file = environment.file("PGSERVICEFILE", ".pg_service.conf");
            let file = file.ok_or_else(|| no_home("PGSERVICEFILE"))?;
            add_service(&mut parameters, &service, &file)?;
        }
        // An address in the URL isn't that of a host in the environment, nor the other way round.
        let has_host = parameters.addresses().next().is_some();
        for (name, variable) in VARIABLES {
            if has_host && name.starts_with("host") {
                continue;
            }
            if let Some(value) = environment.text(variable) {
                parameters.add(name, value)?;
            }
        }
        if parameters.get("host").is_none() {
            // A certificate without a name is verified for the address.
            let address = parameters.get("hostaddr").unwrap_or("localhost").to_owned();
            parameters.set("host", address);
        }
        let user = match parameters.get("user") {
            Some(user) => user.to_owned(),
            None => user_of_process(environment)?,
        };
        parameters.add("dbname", user.clone())?;
        parameters.add("user", user)?;
        if parameters.get("password").is_none()
            && let Some(password) = saved_password(&parameters, environment)
        {
            parameters.set("password", password);
        }
        complete(&parameters)
    }
}

fn complete(parameters: &Parameters) -> Result<Target> {
    let tls = Tls::of(parameters)?;
    let mut config = parameters.to_config()?;
    config.ssl_mode(match tls {
        Tls::None => SslMode::Disable,
        Tls::Verified(_) => SslMode::Require,
    });
    if parameters.get("application_name").is_none() {
        config.application_name("journey-events");
    }
    // Otherwise a server that vanished is waited for for hours.
    if parameters.get("keepalives_idle").is_none() {
        config.keepalives_idle(Duration::from_secs(10));
    }
    if parameters.get("keepalives_interval").is_none() {
        config.keepalives_interval(Duration::from_secs(5));
    }
    if parameters.get("keepalives_count").is_none() {
        config.keepalives_retries(3);
    }
    if parameters.get("target_session_attrs").is_none() && config.get_hosts().len() > 1 {
        config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    }
    let timeout = config.get_connect_timeout().copied();
    let timeout = timeout.unwrap_or(Duration::from_secs(10));
    // One address that doesn't answer must leave time for the next one, of the same name or of another host.
    config.connect_timeout(timeout / 2);
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
    let connect_timeout = timeout.saturating_mul(hosts);
    Ok(Target {
        config,
        tls,
        connect_timeout,
    })
}

/// The password file's.
fn saved_password(parameters: &Parameters, environment: Environment<'_>) -> Option<String> {
    let named = parameters.get("passfile").map(PathBuf::from);
    let file = named.or_else(|| environment.file("PGPASSFILE", ".pgpass"))?;
    let ports: Vec<_> = parameters
        .get("port")
        .unwrap_or_default()
        .split(',')
        .collect();
    let mut hosts = parameters.get("host")?.split(',').enumerate();
    hosts.find_map(|(index, host)| {
        let port = ports.get(index).or(ports.first());
        let account = Account {
            host,
            port: port.filter(|port| !port.is_empty()).unwrap_or(&"5432"),
            database: parameters.get("dbname")?,
            user: parameters.get("user")?,
        };
        find_password(&file, &account)
    })
}

fn user_of_process(environment: Environment<'_>) -> Result<String> {
    let variables = ["USER", "LOGNAME", "USERNAME"];
    let mut users = variables.iter().filter_map(|name| environment.text(name));
    users.next().ok_or_else(|| {
        Error::new(
            ErrorKind::Settings,
            "the PostgreSQL user isn't known; next: write it as `postgres://user@host/database`, or set PGUSER",
        )
    })
}

fn no_home(variable: &str) -> Error {
    let message =
        format!("there is no home directory to look for a service file in; next: set {variable}");
    Error::new(ErrorKind::Settings, message)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Resolves a URL in a home directory, with variables.
    fn target(url: &str, home: &Path, variables: &[(&str, &str)]) -> Result<Target> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        let lookup = |name: &str| variables.get(name).map(OsString::from);
        let home = home.to_owned();
        let environment = Environment::of_test(&lookup, Some(&home));
        Target::of(&url.parse()?, environment)
    }

    fn secret_file(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn password(url: &str, home: &Path, variables: &[(&str, &str)]) -> Option<String> {
        let config = target(url, home, variables)
            .unwrap_or_else(|error| panic!("{error}"))
            .config;
        let password = config.get_password()?;
        Some(String::from_utf8(password.to_vec()).unwrap())
    }

    #[test]
    fn the_password_is_the_first_of_service_variable_and_file() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let url = "postgres://me@db/d?service=s";
        fs::write(
            home.join(".pg_service.conf"),
            "[s]\nport=1\n[t]\npassword=service",
        )
        .unwrap();
        let find = |url, variables: &[_]| password(url, home, variables);
        assert_eq!(find(url, &[]), None);
        secret_file(&home.join(".pgpass"), "db:1:d:me:file\n");
        assert_eq!(find(url, &[]).as_deref(), Some("file"));
        let named = home.join("named");
        secret_file(&named, "*:*:*:*:named");
        let named = named.to_str().unwrap();
        assert_eq!(
            find(url, &[("PGPASSFILE", named)]).as_deref(),
            Some("named")
        );
        let with_passfile = format!("{url}&passfile={named}");
        assert_eq!(find(&with_passfile, &[]).as_deref(), Some("named"));
        assert_eq!(
            find(url, &[("PGPASSWORD", "variable")]).as_deref(),
            Some("variable")
        );
        let variables = [("PGPASSWORD", "variable"), ("PGSERVICE", "t")];
        assert_eq!(
            find("postgres://me@db/d", &variables).as_deref(),
            Some("service")
        );
    }

    #[test]
    fn the_url_comes_first_then_the_service_then_variables() {
        let home = tempfile::tempdir().unwrap();
        let text = "[s]\nuser=of_service\nport=7\ndbname=of_service\nhost=127.0.0.2";
        fs::write(home.path().join(".pg_service.conf"), text).unwrap();
        let variables = [
            ("PGUSER", "u"),
            ("PGHOST", "other.example"),
            ("PGSERVICE", "s"),
        ];
        let found =
            target("postgres:///mine", home.path(), &variables).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.config.get_dbname(), Some("mine"));
        assert_eq!(found.config.get_user(), Some("of_service"));
        assert_eq!(found.config.get_ports(), [7]);
        assert_eq!(found.tls, Tls::None, "the service's host, not PGHOST's");
        assert_eq!(found.connect_timeout, Duration::from_secs(10));
    }

    #[test]
    fn an_address_that_does_not_answer_leaves_time_for_the_others() {
        let home = tempfile::tempdir().unwrap();
        let url = "postgres://u@one,two,three/d?connect_timeout=8";
        let found = target(url, home.path(), &[]).unwrap_or_else(|error| panic!("{error}"));
        let each = found.config.get_connect_timeout().copied().unwrap();
        assert_eq!(
            (each, found.connect_timeout),
            (Duration::from_secs(4), Duration::from_secs(24))
        );
    }

    #[test]
    fn a_server_that_vanished_is_noticed_as_fast_as_the_url_says() {
        let home = tempfile::tempdir().unwrap();
        let timeout = |parameter: &str| {
            let url = format!("postgres://u@db/d{parameter}");
            let found = target(&url, home.path(), &[]).unwrap_or_else(|error| panic!("{error}"));
            found.config.get_tcp_user_timeout().copied()
        };
        assert_eq!(timeout(""), Some(Duration::from_secs(15)));
        let given = timeout("?tcp_user_timeout=2500");
        assert_eq!(given, Some(Duration::from_millis(2_500)));
        assert_eq!(timeout("?tcp_user_timeout=0"), None);
        let invalid = "postgres://u@db/d?tcp_user_timeout=1s".parse::<PostgresUrl>();
        assert!(invalid.is_err());
    }

    #[test]
    fn a_missing_user_or_service_is_an_error_that_says_what_to_set() {
        let home = tempfile::tempdir().unwrap();
        for (url, part) in [
            ("postgres://db/d", "PGUSER"),
            ("postgres://u@db/d?service=none", "PGSERVICEFILE"),
            ("postgres://u@db/d?sslmode=disable", "sslrootcert"),
        ] {
            let Err(error) = target(url, home.path(), &[]) else {
                panic!("{url}")
            };
            assert!(error.to_string().contains(part), "{error}");
        }
        let found = target("postgres://db/", home.path(), &[("USER", "me")]);
        let config = found.unwrap_or_else(|error| panic!("{error}")).config;
        assert_eq!(
            (config.get_user(), config.get_dbname()),
            (Some("me"), Some("me"))
        );
    }
}
