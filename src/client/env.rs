//! Settings from the environment variables of the official tools.

use std::env;

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
    ///
    /// An unset or empty variable leaves its setting open. An access token takes precedence over client
    /// credentials.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the region is unknown, a value isn't Unicode,
    /// or only one of client id and secret is set. What is missing altogether is an error of
    /// [`build`](ClientBuilder::build).
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
        let read = |name| Ok::<_, Error>(read(name)?.filter(|value| !value.trim().is_empty()));
        let mut builder = Self::default();
        if let Some(region) = read("GENESYSCLOUD_REGION")? {
            builder = builder.region(region.parse::<Region>()?);
        }
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
