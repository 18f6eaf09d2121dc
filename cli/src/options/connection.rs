//! A client from arguments, environment and profile.

use journey_events::{Client, ClientBuilder, Error, RateLimit, Region};

use super::profile;

/// Where the service is, and who asks.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The organization's region, such as eu-central-1 or mypurecloud.de
    #[arg(long)]
    pub(crate) region: Option<Region>,

    /// Region and credentials from this profile of the official client's ~/.gc/config.toml
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The API elsewhere: a gateway or `journey-events emulate` [default: the region's]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The login service elsewhere [default: the region's, or the base URL if no region is set]
    #[arg(long, value_name = "URL")]
    pub(crate) login_url: Option<String>,

    /// Requests in any 60 seconds; lower it where other programs use the same OAuth client
    /// [default: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,
}

impl ConnectionArgs {
    /// A client of the profile, or else of the environment, with the arguments on top.
    pub(crate) fn client(&self) -> Result<Client, NoClient> {
        let mut builder = match &self.profile {
            Some(name) => profile::builder(name).map_err(NoClient::Profile)?,
            None => ClientBuilder::from_env()?,
        };
        if let Some(region) = self.region {
            builder = builder.region(region);
        }
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(url) = &self.login_url {
            builder = builder.login_url(url);
        }
        if let Some(quota) = self.quota {
            builder = builder.rate_limit(RateLimit::per_minute(quota));
        }
        Ok(builder.build()?)
    }
}

/// Why there is no client.
#[derive(Debug)]
pub(crate) enum NoClient {
    Profile(String),
    Settings(Error),
}

impl From<Error> for NoClient {
    fn from(error: Error) -> Self {
        Self::Settings(error)
    }
}
