//! The quota: how many requests, and who counts together.

mod counted;
#[cfg(not(feature = "sync"))]
#[path = "quota/no_sharing.rs"]
mod sharing;
#[cfg(feature = "sync")]
mod sharing;

use std::num::NonZeroU32;

use journey_events::{ClientBuilder, RateLimit};

pub(crate) use self::counted::Counted;
use self::sharing::Sharing;

/// The service's default for one OAuth client.
const DEFAULT: u32 = 300;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuotaArgs {
    /// Requests per 60 seconds; lower it if other machines use the same OAuth client and don't share it with
    /// --share-quota [default: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Whose requests count together, if they use the same OAuth client: `machine` for your programs on this
    /// machine, `postgres://HOST/DATABASE` for all that name this database, `off` for this program alone
    #[cfg_attr(
        not(feature = "sync"),
        doc = "(this build can share none: it lacks the feature `sync`)"
    )]
    #[cfg_attr(
        all(feature = "sync", not(feature = "postgres")),
        doc = "(not by a database in this build: it lacks the feature `postgres`)"
    )]
    // Not parsed by clap, whose errors repeat what was given: a URL with a password in it.
    #[arg(long, value_name = "WITH", default_value = sharing::DEFAULT)]
    share_quota: String,
}

impl QuotaArgs {
    /// Sets the builder's quota.
    pub(crate) async fn apply(
        &self,
        builder: ClientBuilder,
    ) -> Result<(ClientBuilder, Counted), String> {
        let per_minute = self.quota.unwrap_or(DEFAULT);
        // 0 isn't an argument that clap accepts.
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let sharing = Sharing::of(&self.share_quota)?;
        // Without a name, the settings are incomplete, which `build` reports.
        if let Some((sharing, name)) = sharing.zip(builder.quota_name()) {
            return sharing.apply(builder, name, per_minute).await;
        }
        let limit = RateLimit::per_minute(per_minute.get());
        Ok((builder.rate_limit(limit), Counted::Program))
    }
}
