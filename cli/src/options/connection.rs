//! Connection options, and the client they resolve to.

use std::time::Duration;

use journey_events::{Client, ClientBuilder, Error, PageSizeParameter, Region};

use super::profile::{self, Profile};
use super::quota::{Counted, QuotaArgs};
use super::roles::Roles;
use super::time::parse_duration;
use crate::terminal::advice;

/// Where the service is, and the credentials to use.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The organization's region, such as eu-central-1 or mypurecloud.de
    #[arg(long)]
    pub(crate) region: Option<Region>,

    /// Take region, credentials, proxy and gateway from this profile in the official client's
    /// ~/.gc/config.toml, and not from GENESYSCLOUD_* variables
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Base URL of the API: a gateway or `journey-events emulate` [default: the region's]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Base URL of the login service [default: the region's, or the base URL if no region is set]
    #[arg(long, value_name = "URL")]
    pub(crate) login_url: Option<String>,

    /// Longest time for one attempt of a request, from sending to the last byte [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) timeout: Option<Duration>,

    /// Parameters that carry the page size; a gateway may refuse one that it doesn't know [default: both]
    #[arg(long, value_name = "WHICH", value_enum)]
    pub(crate) page_size_parameter: Option<PageSizeArg>,

    #[command(flatten)]
    pub(crate) quota: QuotaArgs,
}

/// The value of `--page-size-parameter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PageSizeArg {
    /// Both: each published form of the service reads its own
    Both,
    /// limit, which the first form reads
    Limit,
    /// pageSize, which the current form reads
    #[value(name = "pageSize", alias = "pagesize", alias = "page-size")]
    PageSize,
}

impl From<PageSizeArg> for PageSizeParameter {
    fn from(which: PageSizeArg) -> Self {
        match which {
            PageSizeArg::Both => Self::Both,
            PageSizeArg::Limit => Self::Limit,
            PageSizeArg::PageSize => Self::PageSize,
        }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("expected more than 0s".to_owned()),
        timeout => Ok(timeout),
    }
}

impl ConnectionArgs {
    /// Adds the profile's file to the files of the command.
    pub(crate) fn add_roles(&self, roles: &mut Roles) -> Result<(), String> {
        match self.profile.as_ref().and_then(|_| profile::path()) {
            Some(path) => roles.add("--profile", &path),
            None => Ok(()),
        }
    }

    /// Builds a client from the profile, or else the environment. Arguments take precedence over both.
    pub(crate) async fn client(&self) -> Result<Client, ConnectionError> {
        Ok(self.connect().await?.client)
    }

    /// Builds a client, and reports whose requests it counts.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectionError> {
        let (mut builder, proxy) = match &self.profile {
            Some(name) => {
                let Profile { builder, proxy } =
                    profile::read(name).map_err(ConnectionError::Profile)?;
                let proxy = proxy.map(|proxy| format!("{proxy}, from profile {name:?}"));
                (builder, proxy)
            }
            None => (ClientBuilder::from_env()?, proxy_variable()),
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
        if let Some(timeout) = self.timeout {
            // Silence within an attempt may then be as long.
            builder = builder.attempt_timeout(timeout).read_timeout(timeout);
        }
        if let Some(which) = self.page_size_parameter {
            builder = builder.page_size_parameter(which.into());
        }
        let applied = self.quota.apply(builder).await;
        let (builder, counted) = applied.map_err(ConnectionError::Quota)?;
        Ok(Connection {
            client: builder.build()?,
            counted,
            proxy,
        })
    }
}

/// What the options resolve to.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) counted: Counted,
    /// The proxy of the settings and where it is set; without one, the system's is used.
    pub(crate) proxy: Option<String>,
}

/// Describes the proxy that `ClientBuilder::from_env` uses.
fn proxy_variable() -> Option<String> {
    let host = std::env::var("GENESYSCLOUD_PROXY_HOST").ok()?;
    let host = host.trim();
    (!host.is_empty()).then(|| format!("{host}, from GENESYSCLOUD_PROXY_HOST"))
}

/// Why the options don't resolve to a client.
#[derive(Debug)]
pub(crate) enum ConnectionError {
    Profile(String),
    /// What is wrong with the quota, and what to do.
    Quota(String),
    Settings(Error),
}

impl ConnectionError {
    /// Returns the problem and how to fix it.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::Profile(problem) => advice::profile(problem),
            Self::Quota(problem) => problem.clone(),
            Self::Settings(error) => advice::settings(error),
        }
    }
}

impl From<Error> for ConnectionError {
    fn from(error: Error) -> Self {
        Self::Settings(error)
    }
}
