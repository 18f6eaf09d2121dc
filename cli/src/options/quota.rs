//! The quota: how many requests, and who counts together.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use journey_events::{ClientBuilder, RateLimit};
use journey_events_dataset::postgres::PostgresUrl;
use journey_events_dataset::quota::{PostgresQuota, QuotaError, QuotaOutage, SharedQuota};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::database;
use crate::terminal::{advice, messages};

/// The service's default for one OAuth client.
const DEFAULT: u32 = 300;
/// How long the database may be gone before it is worth a message.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look whether it is.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuotaArgs {
    /// Requests per 60 seconds; lower it if other machines use the same OAuth client and don't share it with
    /// --share-quota [default: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Whose requests count together, if they use the same OAuth client: `machine` for your programs on this
    /// machine, `postgres://HOST/DATABASE` for all that name this database, `off` for this program alone
    // Not parsed by clap, whose errors repeat what was given: a URL with a password in it.
    #[arg(long, value_name = "WITH", default_value = "machine")]
    share_quota: String,
}

/// Whose requests count together.
#[derive(Debug, Clone)]
enum ShareQuota {
    /// Those of every journey-events of this user on this machine.
    Machine,
    /// Those of all programs that name this database.
    Database(PostgresUrl),
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
    /// Those of all programs that name this database.
    Database {
        /// The database, without its password.
        url: String,
        /// How many programs use the quota, this one included.
        programs: u32,
    },
    /// This program's alone, as was asked for.
    Program,
    /// This program's alone, since the machine's can't be counted.
    ProgramForWant,
}

impl QuotaArgs {
    /// Sets the builder's quota. If this machine's can't be shared, prints a warning and counts this program's
    /// requests; without its database, no request may be sent.
    pub(crate) async fn apply(
        &self,
        builder: ClientBuilder,
    ) -> Result<(ClientBuilder, Counted), String> {
        let per_minute = self.quota.unwrap_or(DEFAULT);
        // 0 isn't an argument that clap accepts.
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let limit = RateLimit::per_minute(per_minute.get());
        let share = share_quota(&self.share_quota)?;
        // Without a name, the settings are incomplete, which `build` reports.
        let Some(name) = builder.quota_name() else {
            return Ok((builder.rate_limit(limit), Counted::Program));
        };
        match share {
            ShareQuota::Off => Ok((builder.rate_limit(limit), Counted::Program)),
            ShareQuota::Machine => match shared(name, per_minute).await {
                Ok(quota) => {
                    let counted = Counted::Machine {
                        file: quota.path().to_owned(),
                        programs: quota.processes(),
                    };
                    Ok((builder.quota(quota), counted))
                }
                Err(error) => {
                    messages::say(advice::quota_not_shared(&error)).await;
                    Ok((builder.rate_limit(limit), Counted::ProgramForWant))
                }
            },
            ShareQuota::Database(url) => {
                let shown = url.to_string();
                let quota = Arc::new(of_database(url, name, per_minute).await?);
                let programs = quota.processes();
                tokio::spawn(say_outages(Arc::downgrade(&quota)));
                let counted = Counted::Database {
                    url: shown,
                    programs,
                };
                Ok((builder.quota(quota), counted))
            }
        }
    }
}

fn share_quota(given: &str) -> Result<ShareQuota, String> {
    match given {
        "machine" => Ok(ShareQuota::Machine),
        "off" => Ok(ShareQuota::Off),
        url if database::is_url(url) => match url.parse() {
            Ok(url) => Ok(ShareQuota::Database(url)),
            Err(error) => Err(advice::dataset(&error)),
        },
        // It may have a password in it.
        _ => Err(
            "--share-quota has an unknown value\n  next: give `machine`, `off` or \
             postgres://HOST/DATABASE"
                .to_owned(),
        ),
    }
}

/// Opens the machine's quota on a blocking thread: its file may be locked.
async fn shared(name: String, per_minute: NonZeroU32) -> Result<SharedQuota, QuotaError> {
    let opening = spawn_blocking(move || SharedQuota::open(&name, per_minute)).await;
    opening.unwrap_or_else(|error| Err(QuotaError::Thread(error.into())))
}

/// Opens a database's quota on a blocking thread: the database may be far away, or gone.
async fn of_database(
    url: PostgresUrl,
    name: String,
    per_minute: NonZeroU32,
) -> Result<PostgresQuota, String> {
    match spawn_blocking(move || PostgresQuota::open(&url, &name, per_minute)).await {
        Ok(quota) => quota.map_err(|error| advice::dataset(&error)),
        Err(error) => Err(format!("can't open the quota: {error}")),
    }
}

/// Says when the quota's database can't be used, and when it can be used again.
async fn say_outages(quota: Weak<PostgresQuota>) {
    let mut was_said = false;
    while let Some(outage) = quota.upgrade().map(|quota| quota.outage()) {
        match outage {
            Some(QuotaOutage { lasts, cause, .. }) if lasts > PATIENCE && !was_said => {
                was_said = true;
                messages::say(format!(
                    "no request is sent while the quota's database can't be used: {cause}"
                ))
                .await;
            }
            None if was_said => {
                was_said = false;
                messages::say("the quota's database can be used again".to_owned()).await;
            }
            _ => {}
        }
        sleep(LOOK).await;
    }
}
