//! Settings from the environment variables that users of the official tools already have.

use std::env;

use crate::client::Client;
use crate::client::builder::ClientBuilder;
use crate::error::Error;
use crate::region::Region;

impl Client {
    /// Makes a client with region and credentials from the environment variables of the official
    /// tools, as [`ClientBuilder::from_env`] reads them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Region and credentials from the environment.
    ///
    /// | variable | what it sets |
    /// | --- | --- |
    /// | `GENESYSCLOUD_REGION` | region, by AWS region name or domain |
    /// | `GENESYSCLOUD_ACCESS_TOKEN` | access token |
    /// | `GENESYSCLOUD_OAUTHCLIENT_ID`, `GENESYSCLOUD_OAUTHCLIENT_SECRET` | client credentials |
    ///
    /// A variable that is absent or empty sets nothing, which [`build`](ClientBuilder::build) reports
    /// if it is then missing. An access token goes before client credentials.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the region is not known, a value is not
    /// Unicode, or of client id and secret only one is set.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::invalid_input(format!("{name} is not Unicode")))
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
        "{name} is not set; client id and secret go together"
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
    fn region_and_either_kind_of_credentials_are_enough() {
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
    fn what_is_missing_or_wrong_is_named() {
        let token = ("GENESYSCLOUD_ACCESS_TOKEN", "t");
        for (variables, named) in [
            (&[token][..], "region"),
            (&[("GENESYSCLOUD_REGION", "eu-west-1")], "credentials"),
            (&[("GENESYSCLOUD_REGION", ""), token], "no place"),
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
