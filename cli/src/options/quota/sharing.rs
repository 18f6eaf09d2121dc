//! The quota that programs share: those of this machine, or all that name a database.

use std::num::NonZeroU32;
use std::sync::{Arc, Weak};
use std::time::Duration;

use journey_events::{ClientBuilder, RateLimit};
use journey_events_dataset::is_database_url;
use journey_events_dataset::postgres::PostgresUrl;
use journey_events_dataset::quota::{PostgresQuota, QuotaError, QuotaOutage, SharedQuota};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::counted::Counted;
use crate::terminal::{advice, messages};

/// The default of `--share-quota`.
pub(super) const DEFAULT: &str = "machine";
/// How long the database may be gone before it is worth a message.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look whether it is.
const LOOK: Duration = Duration::from_secs(1);

/// Whose requests count together.
#[derive(Debug, Clone)]
pub(super) enum Sharing {
    /// Those of every journey-events of this user on this machine.
    Machine,
    /// Those of all programs that name this database.
    Database(PostgresUrl),
}

impl Sharing {
    /// Reads the value of `--share-quota`; `None` if nothing is shared.
    pub(super) fn of(given: &str) -> Result<Option<Self>, String> {
        match given {
            "machine" => Ok(Some(Self::Machine)),
            "off" => Ok(None),
            url if is_database_url(url) => match url.parse() {
                Ok(url) => Ok(Some(Self::Database(url))),
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

    /// Sets the builder's quota. If this machine's can't be shared, prints a warning and counts this program's
    /// requests; without its database, no request may be sent.
    pub(super) async fn apply(
        self,
        builder: ClientBuilder,
        name: String,
        per_minute: NonZeroU32,
    ) -> Result<(ClientBuilder, Counted), String> {
        match self {
            Self::Machine => match shared(name, per_minute).await {
                Ok(quota) => {
                    let counted = Counted::Machine {
                        file: quota.path().to_owned(),
                        programs: quota.processes(),
                    };
                    Ok((builder.quota(quota), counted))
                }
                Err(error) => {
                    messages::say(advice::quota_not_shared(&error)).await;
                    let limit = RateLimit::per_minute(per_minute.get());
                    Ok((builder.rate_limit(limit), Counted::ProgramForWant))
                }
            },
            Self::Database(url) => {
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
