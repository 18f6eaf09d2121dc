//! Connection options, and the client they resolve to.

use journey_events::{Client, ClientBuilder, Error, Region};

use super::profile;
use super::quota::{Counted, QuotaArgs};
use crate::terminal::advice;

/// Where the service is, and the credentials to use.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The organization's region, such as eu-central-1 or mypurecloud.de
    #[arg(long)]
    pub(crate) region: Option<Region>,

    /// Take region and credentials from this profile in the official client's ~/.gc/config.toml
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Base URL of the API: a gateway or `journey-events emulate` [default: the region's]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Base URL of the login service [default: the region's, or the base URL if no region is set]
    #[arg(long, value_name = "URL")]
    pub(crate) login_url: Option<String>,

    #[command(flatten)]
    pub(crate) quota: QuotaArgs,
}

impl ConnectionArgs {
    /// Builds a client from the profile, or else the environment. Arguments take precedence over both.
    pub(crate) async fn client(&self) -> Result<Client, ConnectionError> {
        Ok(self.connect().await?.client)
    }

    /// Builds a client, and reports whose requests it counts.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectionError> {
        let mut builder = match &self.profile {
            Some(name) => profile::builder(name).map_err(ConnectionError::Profile)?,
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
        let (builder, counted) = self.quota.apply(builder).await;
        Ok(Connection {
            client: builder.build()?,
            counted,
        })
    }
}

/// What the options resolve to.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) counted: Counted,
}

/// Why the options don't resolve to a client.
#[derive(Debug)]
pub(crate) enum ConnectionError {
    Profile(String),
    Settings(Error),
}

impl ConnectionError {
    /// Returns the problem and how to fix it.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::Profile(problem) => advice::profile(problem),
            Self::Settings(error) => advice::settings(error),
        }
    }
}

impl From<Error> for ConnectionError {
    fn from(error: Error) -> Self {
        Self::Settings(error)
    }
}
