//! Profiles of the official command-line client, in `~/.gc/config.toml`.

mod settings;

use std::path::PathBuf;

use journey_events::{ClientBuilder, Region};
use toml::Table;
use url::Url;

use self::settings::{Settings, find};
use crate::text_file;

/// Largest file read, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// What a profile resolves to.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) builder: ClientBuilder,
    /// Host and port of its proxy.
    pub(crate) proxy: Option<String>,
}

/// Returns the file that has the profiles.
pub(crate) fn path() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".gc").join("config.toml"))
}

/// Reads a profile. Errors never quote a secret.
pub(crate) fn read(name: &str) -> Result<Profile, String> {
    let path = path().ok_or("no home directory, so no .gc/config.toml")?;
    let of_file = |problem| format!("{}: {problem}", path.display());
    let text = text_file::read(&path, MAX_SIZE).map_err(of_file)?;
    profile(name, &text).map_err(of_file)
}

/// Resolves a profile. The official client writes names in lower case and finds them in any.
fn profile(name: &str, text: &str) -> Result<Profile, String> {
    // The parser's message quotes the line, which may contain a secret.
    let text = text.trim_start_matches('\u{feff}');
    let tables: Table = toml::from_str(text).map_err(|_| "not valid TOML".to_owned())?;
    let Some(table) = find(&tables, name) else {
        let names: Vec<_> = tables.keys().map(String::as_str).collect();
        let names = names.join(", ");
        return Err(format!("no profile {name:?}; available: {names}"));
    };
    let of_profile = |problem| format!("profile {name:?}: {problem}");
    let table = table
        .as_table()
        .ok_or_else(|| of_profile("not a table".to_owned()))?;
    resolve(&Settings(table)).map_err(of_profile)
}

fn resolve(settings: &Settings<'_>) -> Result<Profile, String> {
    let mut builder = ClientBuilder::default();
    if let Some(environment) = settings.text("environment")? {
        let region: Region = environment
            .parse()
            .map_err(|error| format!("environment: {error}"))?;
        builder = builder.region(region);
    }
    builder = at_gateway(builder, settings)?;
    let proxy = proxy(settings)?;
    let shown = proxy.as_ref().map(|proxy| {
        let host = proxy.host_str().unwrap_or_default();
        proxy
            .port_or_known_default()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    });
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    Ok(Profile {
        builder: with_credentials(builder, settings)?,
        proxy: shown,
    })
}

/// Sets the access token, which takes precedence as in the official client, or the OAuth client.
fn with_credentials(
    builder: ClientBuilder,
    settings: &Settings<'_>,
) -> Result<ClientBuilder, String> {
    if let Some(token) = settings.text("access_token")? {
        return Ok(builder.access_token(token));
    }
    let grant = match settings.text("grant_type")?.as_deref() {
        None | Some("0" | "1") => None,
        Some("2") => Some("2, an implicit grant,"),
        Some("3") => Some("3, a PKCE grant,"),
        Some(_) => return Err("invalid grant_type; expected 1, client credentials".to_owned()),
    };
    if let Some(grant) = grant {
        return Err(format!(
            "grant_type {grant} needs a browser and isn't supported; expected an access_token, or \
             grant_type 1 (client credentials)"
        ));
    }
    match (
        settings.text("client_credentials")?,
        settings.text("client_secret")?,
    ) {
        (Some(id), Some(secret)) => Ok(builder.client_credentials(id, secret)),
        _ => Err("expected access_token, or both client_credentials and client_secret".to_owned()),
    }
}

/// Sets the gateway in place of the environment's hosts.
fn at_gateway(builder: ClientBuilder, settings: &Settings<'_>) -> Result<ClientBuilder, String> {
    let Some(gateway) = settings.address("gateway", "gateway_host", "https")? else {
        return Ok(builder);
    };
    for name in ["gateway_username", "gateway_password"] {
        if settings.text(name)?.is_some() {
            return Err(format!(
                "{name} isn't supported: the header for it has the access token; remove it, and let the \
                 gateway accept requests by their token"
            ));
        }
    }
    let at = |path: &str| {
        let mut url = gateway.clone();
        url.set_path(&settings.path("gateway_pathparams", path)?);
        Ok::<_, String>(url)
    };
    Ok(builder.base_url(at("api")?).login_url(at("login")?))
}

/// Returns the proxy's URL. Its `proxy_pathparams` have no effect in the official client either: a request
/// through a proxy has the path of its target.
fn proxy(settings: &Settings<'_>) -> Result<Option<Url>, String> {
    // The official client looks at the protocol to see whether there is one.
    let Some(mut proxy) = settings.address("proxy", "proxy_protocol", "http")? else {
        return Ok(None);
    };
    let user = settings.text("proxy_username")?;
    let password = settings.text("proxy_password")?;
    if let Some(user) = user {
        proxy
            .set_username(&user)
            .and_then(|()| proxy.set_password(password.as_deref()))
            .map_err(|()| "proxy_protocol can't have a user".to_owned())?;
    }
    Ok(Some(proxy))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [DEFAULT]
        environment = "mypurecloud.de"
        client_credentials = "id"
        client_secret = "s3cret"
        [other]
        environment = "evil.example"
        client_secret = "s3cret"
        access_token = "t0ken"
        [half]
        environment = "eu-west-1"
        client_credentials = "id"
        [odd]
        client_secret = ["s3cret"]
    "#;

    #[test]
    fn a_profile_sets_region_and_credentials() {
        profile("DEFAULT", FILE).unwrap().builder.build().unwrap();
    }

    #[test]
    fn attack_12_errors_quote_no_secret_and_an_unknown_host_is_refused() {
        for (name, file, named) in [
            ("none", FILE, "DEFAULT, half, odd, other"),
            ("other", FILE, "environment"),
            ("half", FILE, "client_secret"),
            ("odd", FILE, "client_secret isn't a string"),
            (
                "DEFAULT",
                "[DEFAULT\nclient_secret = s3cret",
                "not valid TOML",
            ),
        ] {
            let error = profile(name, file).unwrap_err();
            assert!(error.contains(named), "{name}: {error}");
            assert!(
                !error.contains("s3cret") && !error.contains("t0ken"),
                "{error}"
            );
        }
    }

    /// As `gc profiles new` writes it.
    fn official(change: &[(&str, &str)]) -> String {
        let mut settings = vec![
            ("access_token", ""),
            ("client_credentials", "00000000-1111-2222-3333-444444444444"),
            ("client_secret", "s3cret"),
            ("environment", "mypurecloud.de"),
            ("gateway_host", ""),
            ("gateway_password", ""),
            ("gateway_pathparams", "{}"),
            ("gateway_port", ""),
            ("gateway_protocol", ""),
            ("gateway_username", ""),
            ("grant_type", "1"),
            ("proxy_host", ""),
            ("proxy_password", ""),
            ("proxy_pathparams", "{}"),
            ("proxy_port", ""),
            ("proxy_protocol", ""),
            ("proxy_username", ""),
            ("redirect_uri", ""),
        ];
        settings.retain(|(name, _)| change.iter().all(|(changed, _)| changed != name));
        settings.extend_from_slice(change);
        let lines = settings
            .iter()
            .map(|(name, value)| format!("  {name} = {value:?}\n"));
        let lines: String = lines.collect();
        format!("\u{feff}[default]\n{lines}  secure_login_enabled = false\n")
    }

    #[test]
    fn a_profile_of_the_official_client_is_found_in_any_case() {
        for name in ["default", "DEFAULT", "Default"] {
            let found = profile(name, &official(&[])).unwrap();
            assert_eq!(found.proxy, None);
            assert_eq!(
                found.builder.build().unwrap().base_url(),
                "https://api.mypurecloud.de/"
            );
        }
        let both = "[default]\naccess_token = \"a\"\n[DEFAULT]\nclient_secret = \"b\"\n";
        profile("default", both).unwrap();
        profile("DEFAULT", both).unwrap_err();
    }

    #[test]
    fn a_gateway_and_a_proxy_are_used() {
        let file = official(&[
            ("gateway_protocol", "https"),
            ("gateway_host", "gateway.example"),
            ("gateway_port", "8443"),
            ("gateway_pathparams", "{login: /login, api: genesys/v1}"),
            ("proxy_protocol", "http"),
            ("proxy_host", "proxy.example"),
            ("proxy_port", "3128"),
            ("proxy_username", "ana"),
            ("proxy_password", "s3cret"),
            ("proxy_pathparams", "{login: /a}"),
        ]);
        let found = profile("default", &file).unwrap();
        assert_eq!(found.proxy.as_deref(), Some("proxy.example:3128"));
        let client = found.builder.build().unwrap();
        assert_eq!(client.base_url(), "https://gateway.example:8443/genesys/v1");
    }

    #[test]
    fn numbers_are_read_as_the_official_client_reads_them() {
        let file = "[default]\nenvironment = \"eu_central_2\"\naccess_token = \"t\"\ngrant_type = 2\n\
                    Proxy_Protocol = \"http\"\nproxy_host = \"proxy.example\"\nproxy_port = 8080\n";
        let found = profile("default", file).unwrap();
        assert_eq!(found.proxy.as_deref(), Some("proxy.example:8080"));
    }

    #[test]
    fn attack_12_what_is_unsupported_or_invalid_is_named_without_secrets() {
        for (change, named) in [
            (
                &[("grant_type", "2")][..],
                "grant_type 2, an implicit grant",
            ),
            (&[("grant_type", "3")], "grant_type 3, a PKCE grant"),
            (&[("grant_type", "s3cret")], "invalid grant_type"),
            (&[("client_credentials", " ")], "client_credentials"),
            (
                &[
                    ("gateway_host", "gateway.example"),
                    ("gateway_username", "s3cret"),
                ],
                "gateway_username isn't supported",
            ),
            (
                &[
                    ("gateway_host", "gateway.example"),
                    ("gateway_password", "s3cret"),
                ],
                "gateway_password isn't supported",
            ),
            (
                &[("gateway_host", "ana:s3cret@gateway.example")],
                "gateway_host",
            ),
            (&[("proxy_protocol", "http")], "proxy_host"),
            (
                &[
                    ("proxy_protocol", "http"),
                    ("proxy_host", "p"),
                    ("proxy_port", "s3cret"),
                ],
                "proxy_port",
            ),
            (
                &[("environment", "https://ana:s3cret@api.mypurecloud.de")],
                "environment",
            ),
        ] {
            let error = profile("default", &official(change)).unwrap_err();
            assert!(error.contains(named), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
