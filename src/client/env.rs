//! Settings from the environment variables of the official tools.

use std::env;

use url::Url;

use crate::client::Client;
use crate::client::builder::ClientBuilder;
use crate::error::Error;
use crate::region::Region;

impl Client {
    /// Builds a client with the region and credentials that [`ClientBuilder::from_env`] reads.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the missing or invalid variable.
    ///
    /// ```no_run
    /// use journey_events::Client;
    ///
    /// let client = Client::from_env()?; // such as GENESYSCLOUD_REGION and GENESYSCLOUD_ACCESS_TOKEN
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Reads the region and credentials from the environment variables of the official tools.
    ///
    /// | variable | what it sets |
    /// | --- | --- |
    /// | `GENESYSCLOUD_REGION` | region, by AWS region name or domain |
    /// | `GENESYSCLOUD_ACCESS_TOKEN` | access token |
    /// | `GENESYSCLOUD_OAUTHCLIENT_ID`, `GENESYSCLOUD_OAUTHCLIENT_SECRET` | client credentials |
    /// | `GENESYSCLOUD_GATEWAY_HOST`, `…_PORT`, `…_PROTOCOL` (`https` by default) | base URL and login URL |
    /// | `GENESYSCLOUD_GATEWAY_PATH_NAME` (`api` or `login`), `…_PATH_VALUE` | the path of one of them |
    /// | `GENESYSCLOUD_PROXY_HOST`, `…_PORT`, `…_PROTOCOL` (`http` by default) | proxy |
    /// | `GENESYSCLOUD_PROXY_AUTH_USERNAME`, `…_AUTH_PASSWORD` | the proxy's user |
    ///
    /// An unset or empty variable leaves its setting open. An access token takes precedence over client
    /// credentials, a gateway over the region's hosts, and this proxy over `HTTPS_PROXY`. Whatever is set
    /// on the builder afterwards takes precedence over all of them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the region is unknown, a value isn't Unicode
    /// or makes no URL, only one of client id and secret is set, or the gateway has a user
    /// (`GENESYSCLOUD_GATEWAY_AUTH_USERNAME`), which would need the header that has the token. What is
    /// missing altogether is an error of [`build`](ClientBuilder::build).
    ///
    /// ```no_run
    /// use journey_events::{ClientBuilder, RateLimit};
    ///
    /// let client = ClientBuilder::from_env()?
    ///     .rate_limit(RateLimit::per_minute(100))
    ///     .build()?;
    /// # Ok::<(), journey_events::Error>(())
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::invalid_input(format!("{name} isn't valid Unicode")))
            }
        })
    }

    fn from_variables(read: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let read = |name: &'static str| {
            Ok::<_, Error>(read(name)?.filter(|value| !value.trim().is_empty()))
        };
        let mut builder = Self::default();
        if let Some(region) = read("GENESYSCLOUD_REGION")? {
            builder = builder.region(region.parse::<Region>()?);
        }
        builder = at_gateway(builder, read)?;
        builder = through_proxy(builder, read)?;
        let client_id = read("GENESYSCLOUD_OAUTHCLIENT_ID")?;
        let client_secret = read("GENESYSCLOUD_OAUTHCLIENT_SECRET")?;
        if let Some(token) = read("GENESYSCLOUD_ACCESS_TOKEN")? {
            return Ok(builder.access_token(token));
        }
        match (client_id, client_secret) {
            (Some(id), Some(secret)) => Ok(builder.client_credentials(id, secret)),
            (None, None) => Ok(builder),
            (Some(_), None) => Err(missing("GENESYSCLOUD_OAUTHCLIENT_SECRET")),
            (None, Some(_)) => Err(missing("GENESYSCLOUD_OAUTHCLIENT_ID")),
        }
    }
}

fn at_gateway(
    builder: ClientBuilder,
    read: impl Fn(&'static str) -> Result<Option<String>, Error>,
) -> Result<ClientBuilder, Error> {
    let Some(host) = read("GENESYSCLOUD_GATEWAY_HOST")? else {
        return Ok(builder);
    };
    for name in [
        "GENESYSCLOUD_GATEWAY_AUTH_USERNAME",
        "GENESYSCLOUD_GATEWAY_AUTH_PASSWORD",
    ] {
        if read(name)?.is_some() {
            return Err(Error::invalid_input(format!(
                "{name} isn't supported: the header for it has the access token; unset it, and let the \
                 gateway accept requests by their token"
            )));
        }
    }
    let protocol = read("GENESYSCLOUD_GATEWAY_PROTOCOL")?.unwrap_or_else(|| "https".to_owned());
    let port = read("GENESYSCLOUD_GATEWAY_PORT")?;
    let gateway = address("GENESYSCLOUD_GATEWAY", &protocol, &host, port.as_deref())?;
    let (mut api, mut login) = (gateway.clone(), gateway);
    if let Some(path) = read("GENESYSCLOUD_GATEWAY_PATH_VALUE")? {
        match read("GENESYSCLOUD_GATEWAY_PATH_NAME")?.as_deref() {
            Some("api") => api.set_path(&path),
            Some("login") => login.set_path(&path),
            _ => {
                return Err(Error::invalid_input(
                    "invalid GENESYSCLOUD_GATEWAY_PATH_NAME; expected api or login, whose path is \
                     GENESYSCLOUD_GATEWAY_PATH_VALUE",
                ));
            }
        }
    }
    Ok(builder.base_url(api).login_url(login))
}

fn through_proxy(
    builder: ClientBuilder,
    read: impl Fn(&'static str) -> Result<Option<String>, Error>,
) -> Result<ClientBuilder, Error> {
    let Some(host) = read("GENESYSCLOUD_PROXY_HOST")? else {
        return Ok(builder);
    };
    let protocol = read("GENESYSCLOUD_PROXY_PROTOCOL")?.unwrap_or_else(|| "http".to_owned());
    let port = read("GENESYSCLOUD_PROXY_PORT")?;
    let mut proxy = address("GENESYSCLOUD_PROXY", &protocol, &host, port.as_deref())?;
    let user = read("GENESYSCLOUD_PROXY_AUTH_USERNAME")?.unwrap_or_default();
    let password = read("GENESYSCLOUD_PROXY_AUTH_PASSWORD")?;
    proxy
        .set_username(&user)
        .and_then(|()| proxy.set_password(password.as_deref()))
        .map_err(|()| invalid_address("GENESYSCLOUD_PROXY"))?;
    Ok(builder.proxy(proxy))
}

/// Returns a URL without a user and a path.
fn address(name: &str, protocol: &str, host: &str, port: Option<&str>) -> Result<Url, Error> {
    let port = port.map_or_else(String::new, |port| format!(":{}", port.trim()));
    let url = Url::parse(&format!("{}://{}{port}", protocol.trim(), host.trim()));
    url.ok()
        .filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
        .filter(|url| ["", "/"].contains(&url.path()) && url.query().is_none())
        .filter(|url| url.fragment().is_none())
        .ok_or_else(|| invalid_address(name))
}

fn invalid_address(name: &str) -> Error {
    Error::invalid_input(format!(
        "invalid {name}_HOST, {name}_PORT or {name}_PROTOCOL; expected such as gateway.example, 8443 and https"
    ))
}

fn missing(name: &str) -> Error {
    Error::invalid_input(format!(
        "{name} isn't set; expected both client id and secret"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(variables: &[(&str, &str)]) -> Result<(), String> {
        ClientBuilder::from_variables(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
        .and_then(ClientBuilder::build)
        .map(|_| ())
        .map_err(|error| error.to_string())
    }

    #[test]
    fn a_region_and_either_kind_of_credentials_are_enough() {
        let region = ("GENESYSCLOUD_REGION", "mypurecloud.ie");
        build(&[region, ("GENESYSCLOUD_ACCESS_TOKEN", "t")]).unwrap();
        build(&[
            region,
            ("GENESYSCLOUD_OAUTHCLIENT_ID", "id"),
            ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "secret"),
        ])
        .unwrap();
    }

    fn builder(variables: &[(&str, &str)]) -> ClientBuilder {
        ClientBuilder::from_variables(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
        .unwrap()
    }

    #[test]
    fn a_gateway_takes_the_place_of_the_regions_hosts() {
        let host = [
            ("GENESYSCLOUD_REGION", "eu-west-1"),
            ("GENESYSCLOUD_ACCESS_TOKEN", "t"),
            ("GENESYSCLOUD_GATEWAY_HOST", "gateway.example"),
        ];
        for (more, api, login) in [
            (
                &[][..],
                "https://gateway.example/",
                "https://gateway.example/",
            ),
            (
                &[
                    ("GENESYSCLOUD_GATEWAY_PORT", "8443"),
                    ("GENESYSCLOUD_GATEWAY_PATH_NAME", "api"),
                    ("GENESYSCLOUD_GATEWAY_PATH_VALUE", "genesys"),
                ],
                "https://gateway.example:8443/genesys",
                "https://gateway.example:8443/",
            ),
            (
                &[
                    ("GENESYSCLOUD_GATEWAY_PATH_NAME", "login"),
                    ("GENESYSCLOUD_GATEWAY_PATH_VALUE", "/login"),
                ],
                "https://gateway.example/",
                "https://gateway.example/login",
            ),
        ] {
            let builder = builder(&[&host, more].concat());
            assert_eq!(builder.base_url.as_deref(), Some(api));
            assert_eq!(builder.login_url.as_deref(), Some(login));
            builder.build().unwrap();
        }
    }

    #[test]
    fn a_proxy_has_its_user_in_its_url() {
        let builder = builder(&[
            ("GENESYSCLOUD_PROXY_HOST", "proxy.example"),
            ("GENESYSCLOUD_PROXY_PORT", "3128"),
            ("GENESYSCLOUD_PROXY_AUTH_USERNAME", "ana@example"),
            ("GENESYSCLOUD_PROXY_AUTH_PASSWORD", "p:w"),
        ]);
        let proxy = builder.http.proxy.unwrap();
        assert_eq!(
            secrecy::ExposeSecret::expose_secret(&proxy),
            "http://ana%40example:p%3Aw@proxy.example:3128/"
        );
    }

    #[test]
    fn attack_12_an_unusable_gateway_or_proxy_is_named_without_its_secrets() {
        for (variables, named) in [
            (
                &[
                    ("GENESYSCLOUD_GATEWAY_HOST", "gateway.example"),
                    ("GENESYSCLOUD_GATEWAY_AUTH_PASSWORD", "canary"),
                ][..],
                "GENESYSCLOUD_GATEWAY_AUTH_PASSWORD",
            ),
            (
                &[("GENESYSCLOUD_GATEWAY_HOST", "ana:canary@gateway.example")],
                "GENESYSCLOUD_GATEWAY_HOST",
            ),
            (
                &[
                    ("GENESYSCLOUD_GATEWAY_HOST", "gateway.example"),
                    ("GENESYSCLOUD_GATEWAY_PATH_VALUE", "canary"),
                ],
                "GENESYSCLOUD_GATEWAY_PATH_NAME",
            ),
            (
                &[
                    ("GENESYSCLOUD_PROXY_HOST", "proxy.example"),
                    ("GENESYSCLOUD_PROXY_PORT", "canary"),
                ],
                "GENESYSCLOUD_PROXY_PORT",
            ),
            (
                &[("GENESYSCLOUD_PROXY_HOST", "proxy.example/canary")],
                "GENESYSCLOUD_PROXY_HOST",
            ),
        ] {
            let error = build(variables).unwrap_err();
            assert!(error.contains(named), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_missing_or_invalid_variable_is_named() {
        let token = ("GENESYSCLOUD_ACCESS_TOKEN", "t");
        for (variables, named) in [
            (&[token][..], "region"),
            (&[("GENESYSCLOUD_REGION", "eu-west-1")], "credentials"),
            (&[("GENESYSCLOUD_REGION", ""), token], "no endpoint"),
            (&[("GENESYSCLOUD_REGION", "mars"), token], "\"mars\""),
            (
                &[("GENESYSCLOUD_OAUTHCLIENT_ID", "id")],
                "GENESYSCLOUD_OAUTHCLIENT_SECRET",
            ),
            (
                &[("GENESYSCLOUD_OAUTHCLIENT_SECRET", "s")],
                "GENESYSCLOUD_OAUTHCLIENT_ID",
            ),
        ] {
            let error = build(variables).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
