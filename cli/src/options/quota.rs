//! The quota: how many requests, and who counts together.

use std::num::NonZeroU32;
use std::path::PathBuf;

use journey_events::{ClientBuilder, RateLimit};
use journey_events_dataset::quota::{QuotaError, SharedQuota};
use tokio::task::spawn_blocking;

use crate::terminal::{advice, messages};

/// The service's default for one OAuth client.
const DEFAULT: u32 = 300;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuotaArgs {
    /// Requests per 60 seconds; lower it if other machines use the same OAuth client [default: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Count together with your other programs on this machine that use the same OAuth client
    #[arg(long, value_name = "WITH", value_enum, default_value_t)]
    pub(crate) share_quota: ShareQuota,
}

/// Whether requests of other programs count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ShareQuota {
    /// With every journey-events of this user on this machine
    #[default]
    Machine,
    /// This program's requests only
    Off,
}

/// Whose requests a client counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Those of all programs of this user on this machine.
    Machine {
        /// Where they are counted.
        file: PathBuf,
        /// How many programs use the quota, this one included.
        programs: u32,
    },
    Program,
}

impl QuotaArgs {
    /// Sets the builder's quota. If it can't be shared, prints a warning and counts this program's requests.
    pub(crate) async fn apply(&self, builder: ClientBuilder) -> (ClientBuilder, Counted) {
        let per_minute = self.quota.unwrap_or(DEFAULT);
        // 0 isn't an argument that clap accepts.
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        // Without a name, the settings are incomplete, which `build` reports.
        let name = match self.share_quota {
            ShareQuota::Machine => builder.quota_name(),
            ShareQuota::Off => None,
        };
        if let Some(name) = name {
            match open(name, per_minute).await {
                Ok(quota) => {
                    let counted = Counted::Machine {
                        file: quota.path().to_owned(),
                        programs: quota.processes(),
                    };
                    return (builder.quota(quota), counted);
                }
                Err(error) => messages::say(advice::quota_not_shared(&error)).await,
            }
        }
        let limit = RateLimit::per_minute(per_minute.get());
        (builder.rate_limit(limit), Counted::Program)
    }
}

/// Opens the quota on a blocking thread: its file may be locked.
async fn open(name: String, per_minute: NonZeroU32) -> Result<SharedQuota, QuotaError> {
    let opening = spawn_blocking(move || SharedQuota::open(&name, per_minute)).await;
    opening.unwrap_or_else(|error| Err(QuotaError::Thread(error.into())))
}
